package quality

import (
	"bufio"
	_ "embed"
	"fmt"
	"io"
	"strconv"
	"strings"
)

// sample is what people might ask of the course that comes with Lectern, judged by hand.
//
//go:embed sample.tsv
var sample string

// Sample gives the queries about the course that comes with Lectern. Their IDs are TYPE/NAME, as in html/welcome-text.
func Sample() ([]Query, error) { return Read(strings.NewReader(sample)) }

// Read reads queries that people judged: on each line a set, a query and its answers, with tabs between them. Answers are IDs with blanks between them; =1 or =2 behind one that helps,
// nothing behind what was looked for. Lines that begin with # are remarks.
func Read(r io.Reader) ([]Query, error) {
	var queries []Query
	lines := bufio.NewScanner(r)
	for n := 1; lines.Scan(); n++ {
		line := strings.TrimRight(lines.Text(), "\r")
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		q, err := readLine(line)
		if err != nil {
			return nil, fmt.Errorf("line %d of the judged queries: %w", n, err)
		}
		queries = append(queries, q)
	}
	if err := lines.Err(); err != nil {
		return nil, fmt.Errorf("the judged queries cannot be read: %w", err)
	}
	return queries, nil
}

func readLine(line string) (Query, error) {
	parts := strings.Split(line, "\t")
	if len(parts) != 3 || parts[0] == "" || strings.TrimSpace(parts[1]) == "" {
		return Query{}, fmt.Errorf("it needs a set, a query and answers with tabs between them")
	}
	q := Query{Set: Set(parts[0]), Text: parts[1], Grades: map[string]int{}}
	targets := 0
	for _, answer := range strings.Fields(parts[2]) {
		id, grade, err := readAnswer(answer)
		if err != nil {
			return Query{}, err
		}
		if _, twice := q.Grades[id]; twice {
			return Query{}, fmt.Errorf("%s is there twice", id)
		}
		if q.Grades[id] = grade; grade == Target {
			targets++
		}
	}
	if targets == 0 {
		return Query{}, fmt.Errorf("nothing answers the query %q; name at least one document without =1 or =2 behind it", q.Text)
	}
	return q, nil
}

func readAnswer(answer string) (id string, grade int, err error) {
	id, written, graded := strings.Cut(answer, "=")
	if !graded {
		return id, Target, nil
	}
	grade, err = strconv.Atoi(written)
	if err != nil || grade < 1 || grade >= Target {
		return "", 0, fmt.Errorf("the grade of %s is 1 or 2, not %s", id, written)
	}
	return id, grade, nil
}
