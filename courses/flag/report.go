package flag

import (
	"maps"
	"slices"
	"time"
)

// Status says what a flag is, over all rules in force and the default.
type Status string

const (
	AllOn  Status = "on"
	AllOff Status = "off"
	Both   Status = "both" // on for some
)

// Line is what the report says about a flag.
type Line struct {
	Flag     Flag
	Declared bool // false: there are rules for it, and no code
	Status   Status
	Rules    map[Scope]int // in force
	Percent  Share         // of everyone, Unset if no such rule is in force
	Changed  time.Time     // when the newest rule was made, zero without one
	Removal  time.Time
	Overdue  int // days; above 0 the line is red
	Expired  int // rules that would be in force but for their end
}

// Report gives a line for each flag, by name, as of an instant.
func (b *Book) Report(at time.Time) []Line {
	all := maps.Clone(b.flags)
	for name := range b.rules {
		if _, ok := all[name]; !ok {
			all[name] = Flag{Name: name}
		}
	}
	var lines []Line
	for _, f := range slices.SortedFunc(maps.Values(all), byName) {
		_, declared := b.flags[f.Name]
		lines = append(lines, b.line(f, declared, at))
	}
	return lines
}

func (b *Book) line(f Flag, declared bool, at time.Time) Line {
	l := Line{Flag: f, Declared: declared, Rules: make(map[Scope]int), Percent: Unset}
	if declared {
		l.Removal, l.Overdue = f.Target(), f.Overdue(at)
	}
	if rules := b.rules[f.Name]; len(rules) > 0 {
		l.Changed = rules[len(rules)-1].Created
	}
	shares := []Share{Off}
	if f.Default {
		shares[0] = On
	}
	for r, state := range b.states(f.Name, at, every) {
		switch state {
		case Ended:
			l.Expired++
		case InForce:
			l.Rules[r.Scope]++
			if r.Scope == Everyone { // it stands before the default
				l.Percent, shares[0] = r.Share, r.Share
			} else {
				shares = append(shares, r.Share)
			}
		}
	}
	if l.Status = status(shares); l.Rules[Kill] > 0 || !declared {
		l.Status = AllOff
	}
	return l
}

func status(shares []Share) Status {
	slices.Sort(shares)
	switch {
	case shares[0] == On:
		return AllOn
	case shares[len(shares)-1] == Off:
		return AllOff
	}
	return Both
}
