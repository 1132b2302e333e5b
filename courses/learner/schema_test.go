package learner_test

import (
	"database/sql"
	"flag"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"

	"lectern/courses/learner"
	"lectern/courses/learner/learnertest"
)

var update = flag.Bool("update", false, "write schema.sql")

// columnInfo is a column of a table, the same for both engines.
type columnInfo struct {
	table, column, kind string
	notNull             bool
}

// columnsOf lists the columns of all tables, by table and place.
func columnsOf(t *testing.T, db *sql.DB, uri string) (list []columnInfo) {
	t.Helper()
	query := `SELECT m.name, c.name, c.type, c."notnull" = 1 OR c.pk = 1 AND m.sql LIKE '%INTEGER PRIMARY KEY%' FROM sqlite_master m, pragma_table_info(m.name) c
		WHERE m.type = 'table' AND m.name NOT LIKE 'schema_migrations' ORDER BY m.name, c.cid`
	if strings.HasPrefix(uri, "postgres:") {
		query = `SELECT table_name, column_name, data_type, is_nullable = 'NO' FROM information_schema.columns
			WHERE table_schema = 'public' AND table_name <> 'schema_migrations' ORDER BY table_name COLLATE "C", ordinal_position`
	}
	rows, err := db.Query(query)
	must(t, err)
	defer rows.Close()
	common := map[string]string{
		"INTEGER": "bigint", "bigint": "bigint", "REAL": "double", "double precision": "double", "TEXT": "text", "text": "text", "BLOB": "bytes", "bytea": "bytes",
	}
	for rows.Next() {
		var c columnInfo
		must(t, rows.Scan(&c.table, &c.column, &c.kind, &c.notNull))
		if common[c.kind] == "" {
			t.Fatalf("%s.%s has the type %s", c.table, c.column, c.kind)
		}
		c.kind = common[c.kind]
		list = append(list, c)
	}
	must(t, rows.Err())
	return list
}

// indexesOf lists the indexes with their columns; primary keys are called so.
func indexesOf(t *testing.T, db *sql.DB, uri string) map[string][]string {
	t.Helper()
	query := `SELECT m.name, CASE l.origin WHEN 'pk' THEN 'primary key' ELSE CASE l."unique" WHEN 1 THEN 'unique ' ELSE '' END || l.name END, i.name
		FROM sqlite_master m, pragma_index_list(m.name) l, pragma_index_info(l.name) i
		WHERE m.type = 'table' AND m.name <> 'schema_migrations'
		UNION ALL SELECT m.name, 'primary key', c.name FROM sqlite_master m, pragma_table_info(m.name) c
		WHERE m.type = 'table' AND m.sql LIKE '%INTEGER PRIMARY KEY%' AND c.pk = 1`
	if strings.HasPrefix(uri, "postgres:") {
		query = `SELECT t.relname, CASE WHEN x.indisprimary THEN 'primary key' ELSE CASE WHEN x.indisunique THEN 'unique ' ELSE '' END || i.relname END, a.attname
			FROM pg_index x JOIN pg_class t ON t.oid = x.indrelid JOIN pg_class i ON i.oid = x.indexrelid JOIN pg_attribute a ON a.attrelid = i.oid
			WHERE t.relnamespace = 'public'::regnamespace AND t.relname <> 'schema_migrations' ORDER BY t.relname, i.relname, a.attnum`
	}
	rows, err := db.Query(query)
	must(t, err)
	defer rows.Close()
	indexes := make(map[string][]string)
	for rows.Next() {
		var table, index, column string
		must(t, rows.Scan(&table, &index, &column))
		indexes[table+"\t"+index] = append(indexes[table+"\t"+index], column)
	}
	must(t, rows.Err())
	lines := make(map[string][]string)
	for name, columns := range indexes {
		table, index, _ := strings.Cut(name, "\t")
		list, text := strings.Join(columns, ", "), ""
		if name, unique := strings.CutPrefix(index, "unique "); index == "primary key" {
			text = fmt.Sprintf("    PRIMARY KEY (%s)\n);\n", list)
		} else if unique {
			text = fmt.Sprintf("CREATE UNIQUE INDEX %s ON %s (%s);\n", name, table, list)
		} else {
			text = fmt.Sprintf("CREATE INDEX %s ON %s (%s);\n", index, table, list)
		}
		lines[table] = append(lines[table], text)
		slices.Sort(lines[table]) // the primary key comes first
	}
	return lines
}

func schemaOf(t *testing.T, uri string) string {
	t.Helper()
	db := raw(t, uri)
	indexes := indexesOf(t, db, uri)
	var s strings.Builder
	s.WriteString("-- The tables of learner state, as they are in both databases. Written by \"go test ./courses/learner -run Schema -update\".\n")
	table := ""
	for _, c := range columnsOf(t, db, uri) {
		if c.table != table {
			s.WriteString(strings.Join(indexes[table], ""))
			table = c.table
			s.WriteString("\nCREATE TABLE " + table + " (\n")
		}
		line := "    " + c.column + " " + c.kind
		if c.notNull {
			line += " NOT NULL"
		}
		s.WriteString(line + ",\n")
	}
	s.WriteString(strings.Join(indexes[table], ""))
	return s.String()
}

func TestSchemaIsTheSameInBothDatabases(t *testing.T) {
	learnertest.Engines(t, func(t *testing.T, uri string) {
		_, err := learner.Migrate(t.Context(), uri)
		must(t, err)
		got := schemaOf(t, uri)
		if *update {
			must(t, os.WriteFile("schema.sql", []byte(got), 0o644))
		}
		want, err := os.ReadFile("schema.sql")
		must(t, err)
		if diff := gocmp.Diff(string(want), got); diff != "" {
			t.Errorf("schema.sql (-there +tables):\n%s", diff)
		}
	})
}

func TestMigrationsGoUpAndDown(t *testing.T) {
	learnertest.Engines(t, func(t *testing.T, uri string) {
		first, err := learner.Migrate(t.Context(), uri)
		must(t, err)
		if first.Version != first.Latest || first.Dirty {
			t.Errorf("%+v", first)
		}
		up := schemaOf(t, uri)
		must(t, learner.MigrateDown(t.Context(), uri))
		if columns := columnsOf(t, raw(t, uri), uri); len(columns) != 0 {
			t.Errorf("after all steps down there is %+v", columns)
		}
		for range 2 { // the second time there is nothing to do
			_, err = learner.Migrate(t.Context(), uri)
			must(t, err)
		}
		if diff := gocmp.Diff(up, schemaOf(t, uri)); diff != "" {
			t.Errorf("(-first time +second time):\n%s", diff)
		}
	})
}

// What is not emptied by a rebuild would keep what the log does not say any more.
func TestEveryTableIsTheLogOrMadeOfIt(t *testing.T) {
	others := []string{
		"meta", "ref_course", "ref_block", "ref_user", "ref_device", "ref_version", "stream", "cursor", "event", "quarantine", "erased", "enrolment_erased",
		"grade_due", "grade_basis", "subsection_grade", "course_grade", "progress", // grades are made anew by GradeDue
	}
	learnertest.Engines(t, func(t *testing.T, uri string) {
		open(t, uri)
		for _, c := range columnsOf(t, raw(t, uri), uri) {
			if !slices.Contains(learner.Projected, c.table) && !slices.Contains(others, c.table) {
				t.Errorf("nothing says what becomes of %s when the projections are made anew", c.table)
			}
		}
	})
}
