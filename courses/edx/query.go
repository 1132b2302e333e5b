package edx

import (
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"lectern/modulestore/key"
)

// AllDepths is the depth that reaches everything.
const AllDepths = -1

// defaultNavDepth is how deep navigation goes where nothing is said.
const defaultNavDepth = 3

// BlocksQuery is what a client asks of the blocks API.
type BlocksQuery struct {
	Course          key.Course // of the form that lists a course
	Username        *string    // nil: not given; empty: nobody who is signed in
	AllBlocks       bool       // nothing is withheld: for staff of the course
	Depth           int        // how many levels below the root, or [AllDepths]
	NavDepth        int        // 0: descendants are not asked for
	Fields          []string   // requested_fields
	Counts          []string   // block_counts: types of blocks
	StudentViewData []string   // types of blocks
	Types           []string   // block_types_filter; none: all
	List            bool       // return_type is list
}

// FieldErrors says what is wrong with the parameters of a query. Open edX answers with 400 and this, as JSON.
type FieldErrors map[string][]string

// Error gives the parameters in alphabetical order.
func (e FieldErrors) Error() string {
	var list []string
	for _, name := range slices.Sorted(maps.Keys(e)) {
		list = append(list, name+": "+strings.Join(e[name], " "))
	}
	return strings.Join(list, "; ")
}

func (e FieldErrors) add(name, format string, args ...any) {
	e[name] = append(e[name], fmt.Sprintf(format, args...))
}

// ParseBlocksQuery reads the parameters of the blocks API. ofCourse is set for the form without a block in its path, which takes the course from course_id.
// Parameters that are not known are passed over. The error is [FieldErrors].
func ParseBlocksQuery(values url.Values, ofCourse bool) (BlocksQuery, error) {
	wrong := FieldErrors{}
	q := BlocksQuery{
		Fields: words(values["requested_fields"]), Counts: words(values["block_counts"]), StudentViewData: words(values["student_view_data"]),
		Types: words(values["block_types_filter"]),
	}
	q.AllBlocks = truth(values, "all_blocks", wrong)
	if names := values["username"]; len(names) > 0 {
		q.Username = &names[0]
	} else if !q.AllBlocks {
		wrong.add("username", "Give a name, or an empty one for nobody; only all_blocks goes without.")
	}
	if q.Depth = number(values, "depth", 0, wrong); values.Get("depth") == "all" {
		q.Depth = AllDepths
	}
	switch {
	case values.Get("nav_depth") != "":
		q.NavDepth = number(values, "nav_depth", 0, wrong)
	case slices.Contains(q.Fields, "descendants"):
		q.NavDepth = defaultNavDepth
	}
	switch text := values.Get("return_type"); text {
	case "", "dict":
	case "list":
		q.List = true
	default:
		wrong.add("return_type", "%q is neither dict nor list.", text)
	}
	if ofCourse {
		q.Course = course(values.Get("course_id"), wrong)
	}
	if len(wrong) > 0 {
		return BlocksQuery{}, wrong
	}
	return q, nil
}

func course(text string, wrong FieldErrors) key.Course {
	if text == "" {
		wrong.add("course_id", "Give the key of a course.")
		return key.Course{}
	}
	k, err := key.ParseCourse(text)
	if err != nil {
		wrong.add("course_id", "%q is not the key of a course.", text)
	}
	return k
}

// words reads a list that is given by repetition, by commas, or both.
func words(texts []string) (list []string) {
	for _, text := range texts {
		for word := range strings.SplitSeq(text, ",") {
			if word = strings.TrimSpace(word); word != "" && !slices.Contains(list, word) {
				list = append(list, word)
			}
		}
	}
	return list
}

// number reads a whole number that is not below 0. "all" is no error where it means something, which is for the caller.
func number(values url.Values, name string, missing int, wrong FieldErrors) int {
	text := values.Get(name)
	if text == "" {
		return missing
	}
	n, err := strconv.Atoi(text)
	if (err != nil || n < 0) && (name != "depth" || text != "all") {
		wrong.add(name, "%q is not a whole number from 0 on.", text)
	}
	return max(n, 0)
}

func truth(values url.Values, name string, wrong FieldErrors) bool {
	switch text := strings.ToLower(values.Get(name)); text {
	case "", "0", "false":
		return false
	case "1", "true":
		return true
	default:
		wrong.add(name, "%q is neither true nor false.", text)
		return false
	}
}
