package answer

import (
	"cmp"
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// imageRule takes a place in an image: in a rectangle, edges and all, or inside a region.
type imageRule struct {
	rectangles []rectangle
	regions    [][]point // convex, counter-clockwise
}

type point struct{ x, y float64 }

type rectangle struct{ low, high point }

var (
	rectangleText = regexp.MustCompile(`^[(\[](\d{1,6}),(\d{1,6})[)\]]-[(\[](\d{1,6}),(\d{1,6})[)\]]$`)
	pointText     = regexp.MustCompile(`^\[(\d{1,6}),(\d{1,6})\]$`)
)

func readImage(q asked) (rule, string) {
	var m imageRule
	for text := range strings.SplitSeq(q.field.get("rectangle"), ";") {
		text = withoutSpace(text)
		if text == "" {
			continue
		}
		n := rectangleText.FindStringSubmatch(text)
		if n == nil {
			return nil, reasonRegions
		}
		m.rectangles = append(m.rectangles, rectangle{point{atoi(n[1]), atoi(n[2])}, point{atoi(n[3]), atoi(n[4])}})
	}
	regions, ok := readRegions(q.field.get("regions"))
	if !ok {
		return nil, reasonRegions
	}
	for _, r := range regions {
		if h := hull(r); len(h) > 2 { // a line has no inside
			m.regions = append(m.regions, h)
		}
	}
	switch {
	case len(m.rectangles)+len(m.regions) == 0:
		return nil, reasonNoAnswer
	case len(m.rectangles)+len(m.regions) > maxAnswers:
		return nil, reasonTooMany
	}
	return m, ""
}

func withoutSpace(s string) string { return strings.Join(strings.Fields(s), "") }

// atoi reads digits that an expression has found.
func atoi(digits string) float64 {
	f, _ := strconv.ParseFloat(digits, 64)
	return f
}

// readRegions reads a list of regions, or one region: lists of corners.
func readRegions(text string) ([][]point, bool) {
	if strings.TrimSpace(text) == "" {
		return nil, true
	}
	var many [][][]float64
	if json.Unmarshal([]byte(text), &many) != nil {
		var one [][]float64
		if json.Unmarshal([]byte(text), &one) != nil {
			return nil, false
		}
		many = [][][]float64{one}
	}
	var regions [][]point
	for _, corners := range many {
		var region []point
		for _, c := range corners {
			if len(c) < 2 {
				return nil, false
			}
			region = append(region, point{c[0], c[1]})
		}
		regions = append(regions, region)
	}
	return regions, true
}

// turn is positive when the way from a over b to c turns left, and 0 when it goes straight.
func turn(a, b, c point) float64 {
	return float64((b.x-a.x)*(c.y-a.y)) - float64((b.y-a.y)*(c.x-a.x))
}

// hull gives the corners of the smallest convex region around all points.
func hull(points []point) []point {
	points = slices.Clone(points)
	slices.SortFunc(points, func(a, b point) int { return cmp.Or(cmp.Compare(a.x, b.x), cmp.Compare(a.y, b.y)) })
	points = slices.Compact(points)
	half := func(points []point) []point {
		var chain []point
		for _, p := range points {
			for len(chain) > 1 && turn(chain[len(chain)-2], chain[len(chain)-1], p) <= 0 {
				chain = chain[:len(chain)-1]
			}
			chain = append(chain, p)
		}
		return chain[:max(0, len(chain)-1)] // the last is the first of the other half
	}
	lower := half(points)
	slices.Reverse(points)
	return append(lower, half(points)...)
}

func (m imageRule) grade(answer []string) mark {
	text, ok := single(answer)
	n := pointText.FindStringSubmatch(withoutSpace(text))
	if !ok || n == nil {
		return invalid("a place in an image is expected, as [120,45]")
	}
	return mark{state: right(m.has(point{atoi(n[1]), atoi(n[2])}))}
}

func (m imageRule) has(p point) bool {
	for _, r := range m.rectangles {
		if r.low.x <= p.x && p.x <= r.high.x && r.low.y <= p.y && p.y <= r.high.y {
			return true
		}
	}
	return slices.ContainsFunc(m.regions, func(corners []point) bool { return inside(corners, p) })
}

// inside reports whether a point is in a convex region and not on its edge.
func inside(corners []point, p point) bool {
	for i, c := range corners {
		if turn(c, corners[(i+1)%len(corners)], p) <= 0 {
			return false
		}
	}
	return true
}

func (m imageRule) key() []string {
	if len(m.rectangles) > 0 {
		return []string{m.rectangles[0].low.String()}
	}
	var middle point
	for _, c := range m.regions[0] {
		middle.x += c.x / float64(len(m.regions[0]))
		middle.y += c.y / float64(len(m.regions[0]))
	}
	return []string{middle.String()}
}

func (p point) String() string { return fmt.Sprintf("[%.0f,%.0f]", p.x, p.y) }

func (m imageRule) answers() []string {
	var list []string
	for _, r := range m.rectangles {
		list = append(list, r.low.String()+" - "+r.high.String())
	}
	for _, corners := range m.regions {
		var text []string
		for _, c := range corners {
			text = append(text, c.String())
		}
		list = append(list, strings.Join(text, " "))
	}
	return list
}
