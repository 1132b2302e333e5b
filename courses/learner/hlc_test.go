package learner_test

import (
	"testing"

	"pgregory.net/rapid"

	"lectern/courses/learner"
)

const dayMS = 24 * 60 * 60 * 1000

func TestInstantsOfWhatHappensHere(t *testing.T) {
	at := learner.MakeHLC
	for _, c := range []struct {
		name string
		have learner.HLC
		wall int64
		want learner.HLC
	}{
		{"a clock that has gone on is followed", at(100, 7), 101, at(101, 0)},
		{"in the same millisecond the counter goes on", at(100, 7), 100, at(100, 8)},
		{"a clock that was set back is not followed", at(100, 7), 50, at(100, 8)},
		{"a full counter takes the next millisecond", at(100, 1<<16-1), 100, at(101, 0)},
	} {
		if got := learner.NextInstant(c.have, c.wall); got != c.want {
			t.Errorf("%s: (%d, %d)", c.name, got.Milliseconds(), got.Counter())
		}
	}
}

func TestInstantsAfterHearingOfAnother(t *testing.T) {
	at := learner.MakeHLC
	for _, c := range []struct {
		name  string
		have  learner.HLC
		heard learner.HLC
		wall  int64
		want  learner.HLC
	}{
		{"the own clock is the latest", at(100, 7), at(90, 9), 110, at(110, 0)},
		{"all three are the same", at(100, 7), at(100, 9), 100, at(100, 10)},
		{"both instants are the same, the higher counter is the own", at(100, 9), at(100, 7), 90, at(100, 10)},
		{"both instants are the same, the higher counter is the other's", at(100, 7), at(100, 9), 90, at(100, 10)},
		{"the own instant is the latest", at(100, 7), at(90, 9), 80, at(100, 8)},
		{"the own instant is the latest, with the clock", at(100, 7), at(90, 9), 100, at(100, 8)},
		{"the instant of the other is the latest", at(90, 7), at(100, 9), 80, at(100, 10)},
		{"the instant of the other is the latest, with the clock", at(90, 7), at(100, 9), 100, at(100, 10)},
		{"the other's counter is full", at(90, 7), at(100, 1<<16-1), 80, at(101, 0)},
		{"the other is a day ahead and is followed", at(90, 7), at(100+dayMS, 3), 100, at(100+dayMS, 4)},
		{"the other is more than a day ahead and is not followed", at(90, 7), at(101+dayMS, 3), 100, at(90, 7)},
		{"the other is years behind", at(100, 7), at(1, 3), 100, at(100, 8)},
	} {
		if got := learner.ReceiveInstant(c.have, c.heard, c.wall); got != c.want {
			t.Errorf("%s: (%d, %d)", c.name, got.Milliseconds(), got.Counter())
		}
	}
}

func TestInstantsNeverGoBackAndNeverRunAway(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		have, wall := learner.HLC(0), int64(1_000_000)
		for range 20 {
			before := have
			wall += rapid.Int64Range(-1000, 1000).Draw(t, "wall")
			if rapid.Bool().Draw(t, "here") {
				if have = learner.NextInstant(have, wall); have <= before {
					t.Fatalf("%d after %d", have, before)
				}
				continue
			}
			heard := learner.MakeHLC(wall+rapid.Int64Range(-dayMS, 3*dayMS).Draw(t, "ahead"), 0)
			if have = learner.ReceiveInstant(have, heard, wall); have < before {
				t.Fatalf("%d after %d", have, before)
			}
			if have > before && have.Milliseconds() > wall+dayMS && before.Milliseconds() <= wall+dayMS {
				t.Fatalf("%d ms at %d ms", have.Milliseconds(), wall)
			}
		}
	})
}
