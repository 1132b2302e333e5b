package answer

import "math/rand/v2"

// Draw gives the choices that a learner sees, in the order in which the learner sees them: where the author asks for it, they are shuffled but for those that
// are fixed to their place, and of a pool some are drawn, one that is right among them. Equal seeds give equal choices on every device.
func (part *Part) Draw(seed int64) []Choice {
	drawn := append([]Choice(nil), part.Choices...)
	random := rand.New(rand.NewPCG(uint64(seed), uint64(len(part.ID))))
	if part.Pool > 0 && part.Pool < len(drawn) {
		drawn = pool(drawn, part.Pool, random)
	}
	if !part.Shuffle {
		return drawn
	}
	var loose []int
	for i, c := range drawn {
		if !c.Fixed {
			loose = append(loose, i)
		}
	}
	random.Shuffle(len(loose), func(i, j int) { drawn[loose[i]], drawn[loose[j]] = drawn[loose[j]], drawn[loose[i]] })
	return drawn
}

// pool takes one choice that is right and n-1 that are wrong, and leaves them in their order.
func pool(all []Choice, n int, random *rand.Rand) (drawn []Choice) {
	taken, right := make(map[int]bool, n), 1
	for _, i := range random.Perm(len(all)) {
		switch {
		case all[i].Right && right > 0:
			right--
			taken[i] = true
		case !all[i].Right && len(taken)+right < n:
			taken[i] = true
		}
	}
	for i, c := range all {
		if taken[i] {
			drawn = append(drawn, c)
		}
	}
	return drawn
}
