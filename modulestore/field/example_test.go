package field_test

import (
	"fmt"

	"lectern/modulestore/field"
)

func Example() {
	due, _ := field.Lookup("sequential", "due")
	value, fault := due.FromAttribute(`"2026-02-01T01:00:00+01:00"`)
	at, ok := value.Time()
	fmt.Println(at, ok, fault)
	fmt.Println(due.ToAttribute(value))

	_, fault = due.FromAttribute(`March 2015`)
	fmt.Printf("%s: %s; %s (%s)\n", fault.Severity, fault.Message, fault.Fix, fault.Rule)
	// Output:
	// 2026-02-01 00:00:00 +0000 UTC true <nil>
	// 2026-02-01T00:00:00Z
	// error: due is "March 2015", which is not a date; write it as YYYY-MM-DDTHH:MM:SSZ (field.date)
}
