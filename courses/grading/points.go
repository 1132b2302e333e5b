package grading

import "math"

// Points are what was earned of what could be earned.
type Points struct {
	Earned   float64
	Possible float64
}

// Percent is the share that was earned, to four decimals, halves to even. It is 0 where nothing can be earned.
func (p Points) Percent() float64 {
	if p.Possible > 0 {
		if share := math.RoundToEven(p.Earned/p.Possible*1e4) / 1e4; finite(share) {
			return share
		}
	}
	return 0
}

// AtLeast reports whether p is as large a share as q: the test of a rescore that counts only if it is no worse. Nothing possible is a share of 0.
func (p Points) AtLeast(q Points) bool { return p.share() >= q.share() }

func (p Points) share() float64 {
	if p.Possible == 0 {
		return 0
	}
	return p.Earned / p.Possible
}

func (p Points) plus(q Points) Points { return Points{p.Earned + q.Earned, p.Possible + q.Possible} }

// Weighted scales points to a weight. Without a weight, and where nothing is possible, they stay as they are.
func (p Points) Weighted(weight *float64) Points {
	if weight == nil || !finite(*weight) || p.Possible == 0 {
		return p
	}
	return Points{float64(p.Earned*(*weight)) / p.Possible, *weight}
}

// usable reports whether p can be a score at all.
func (p Points) usable() bool { return finite(p.Earned) && finite(p.Possible) && p.Possible >= 0 }

func finite(f float64) bool { return !math.IsNaN(f) && !math.IsInf(f, 0) }

// Rounding is how the total of a course becomes its percent, which has two decimals.
type Rounding string

const (
	// LegacyRounding is that of Open edX: 0.05 of a point is added before rounding to a whole point, so 69.45 % is 70 %. It is computed as there,
	// in double precision from start to end, so that a total of exactly 69.45 % can end on either side, as it does there.
	LegacyRounding Rounding = "legacy_round_005"
	// HalfUpRounding rounds to the nearest whole point, halves up, and takes what differs by less than a billionth for the same number.
	HalfUpRounding Rounding = "half_up"
)

// Round gives the percent for a total. A rounding of another name, the empty one too, is LegacyRounding. What is no finite number is 0.
func (r Rounding) Round(total float64) float64 {
	points := float64(total*100) + 0.05
	if r == HalfUpRounding {
		points = math.Round(total*1e9) / 1e7
	}
	if percent := awayFromZero(points) / 100; finite(percent) {
		return percent
	}
	return 0
}

// awayFromZero rounds to a whole number, halves away from zero, by adding a half and cutting, as Open edX does; math.Round differs in the last bit.
func awayFromZero(f float64) float64 {
	if f < 0 {
		return math.Ceil(f - 0.5)
	}
	return math.Floor(f + 0.5)
}
