package learner

import (
	"database/sql/driver"
	"errors"
	"fmt"
	"strings"
)

// set gives rows of values as the source of an INSERT or of a WITH. In PostgreSQL its text does not depend on their number, so that the server plans
// it once; all of a column are one array. Values are those of a row, or pointers to them.
func (e engine) set(rows [][]any) (source string, args []any, err error) {
	if e == sqlite {
		row := "(" + strings.Repeat(",?", len(rows[0]))[1:] + ")"
		for _, r := range rows {
			args = append(args, r...)
		}
		return "VALUES " + strings.Repeat(","+row, len(rows))[1:], args, nil
	}
	arrays := make([]string, len(rows[0]))
	for i, v := range rows[0] {
		arrays[i] = fmt.Sprintf("$%d::%s[]", i+1, columnType(v))
		array, err := column(rows, i)
		if err != nil {
			return "", nil, err
		}
		args = append(args, array)
	}
	return "SELECT * FROM unnest(" + strings.Join(arrays, ",") + ")", args, nil
}

// columnType is the type that PostgreSQL has for values.
func columnType(v any) string {
	switch v.(type) {
	case float64, *float64, **float64:
		return "double precision"
	case string, *string:
		return "text"
	case []byte, *[]byte:
		return "bytea"
	}
	return "bigint"
}

// column gives the i-th values of all rows as one array.
func column(rows [][]any, i int) (any, error) {
	switch columnType(rows[0][i]) {
	case "double precision":
		return columnOf[float64](rows, i)
	case "text":
		return columnOf[string](rows, i)
	case "bytea":
		list, err := columnOf[[]byte](rows, i)
		array := make([][]byte, len(list))
		for j, p := range list {
			if p != nil {
				array[j] = *p
			}
		}
		return array, err
	}
	return columnOf[int64](rows, i)
}

func columnOf[T any](rows [][]any, i int) ([]*T, error) {
	array := make([]*T, len(rows))
	for j, r := range rows {
		v, err := driver.DefaultParameterConverter.ConvertValue(r[i])
		if err != nil {
			return nil, err
		}
		if t, ok := v.(T); ok {
			array[j] = &t
		} else if v != nil {
			return nil, fmt.Errorf("%T among values of another type", v)
		}
	}
	return array, nil
}

// upsert inserts rows or replaces what is there under their keys, the first columns. With key 0 it only inserts.
func (b *batch) upsert(name string, columns []string, key int, rows [][]any) {
	source, args, err := b.engine.set(rows)
	b.err = errors.Join(b.err, err)
	var s strings.Builder
	fmt.Fprintf(&s, "INSERT INTO %s (%s) %s", name, strings.Join(columns, ","), source)
	if key > 0 {
		fmt.Fprintf(&s, " ON CONFLICT (%s) DO UPDATE SET ", strings.Join(columns[:key], ","))
		for j, c := range columns[key:] {
			if j > 0 {
				s.WriteByte(',')
			}
			fmt.Fprintf(&s, "%s=excluded.%s", c, c)
		}
	}
	b.add("write "+name, s.String(), args, nil)
}

// chunk is how many rows of that many columns a statement should have. The driver of SQLite takes a time for a statement that grows with the square of
// the number of its parameters.
func (e engine) chunk(columns int) int {
	if e == sqlite {
		return max(1, 250/columns)
	}
	return 1000
}
