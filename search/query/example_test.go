package query_test

import (
	"fmt"

	"lectern/search/query"
)

func ExampleParse() {
	q, notes := query.Parse(`While "Infinite  Loop" -python type:Quiz language:en`)
	fmt.Println("words:  ", q.Words)
	fmt.Println("phrases:", q.Phrases)
	fmt.Println("not:    ", q.Not.Words)
	fmt.Println("filters:", q.Filters)
	fmt.Println("written:", q)
	for _, note := range notes {
		fmt.Println(note)
	}
	// Output:
	// words:   [while language:en]
	// phrases: [infinite loop]
	// not:     [python]
	// filters: [type:problem]
	// written: while language:en "infinite loop" -python type:problem
	// There is no field language:, so it was searched for as a word. Did you mean lang:?
}
