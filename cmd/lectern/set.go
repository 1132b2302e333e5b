package main

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"lectern/modulestore"
	"lectern/modulestore/field"
	"lectern/modulestore/key"
)

type setOptions struct {
	byline
	unset []string
}

func (a *app) setCommand() *cobra.Command {
	var o setOptions
	cmd := &cobra.Command{
		Use:     "set COURSE BLOCK NAME=VALUE…",
		GroupID: groupCourses,
		Short:   "Set or remove settings of a block",
		Long: `Set settings of a block, such as display_name, start, due or max_attempts, or remove them with --unset. A setting that the
block has stays where it stands, in its element or in the policy; a new one goes where it belongs. The value is
written as in the element; in the policy it becomes JSON. lectern show COURSE BLOCK prints what there is.

A setting that makes a prerequisite or a group lead nowhere, or a subsection wait for itself, is refused. It adds one version. Settings of the course, its sections and subsections are published at once, others with their unit. What a block shows, its text or
markup, is changed by lectern edit.`,
		Example: `  lectern set course-v1:Lectern+ByExample+2026 problem/import-command max_attempts=3 "display_name=What do you type?"
  lectern set course-v1:Lectern+ByExample+2026 course/course --unset enrollment_start`,
		Args: takes(2, maxArgs),
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.runSet(cmd.Context(), args[0], args[1], args[2:], o)
		},
	}
	o.addFlags(cmd)
	o.addMatch(cmd, "the block")
	cmd.Flags().StringArrayVar(&o.unset, "unset", nil, "`name` of a setting to remove; may be given more than once")
	return cmd
}

func (a *app) runSet(ctx context.Context, course, block string, settings []string, o setOptions) error {
	c, ids, err := courseAndBlocks(course, []string{block})
	if err != nil {
		return err
	}
	if len(settings)+len(o.unset) == 0 {
		return &usageError{message: "set needs a setting", advice: "write NAME=VALUE, or --unset NAME"}
	}
	for _, s := range settings {
		if name, _, ok := strings.Cut(s, "="); !ok || name == "" {
			return &usageError{message: fmt.Sprintf("%q is no setting", s), advice: "write NAME=VALUE"}
		}
	}
	return a.change(ctx, c, o.byline, operation{"change", "was changed", ids[0]}, func(_ *modulestore.Store, e *modulestore.Edit, result *authored) error {
		id := ids[0]
		b := e.Tree(modulestore.Draft).Blocks[id]
		if b == nil {
			return e.Change(ctx, id) // which says what is wrong
		}
		var changes []modulestore.Field
		var named []string
		for _, s := range settings {
			name, value, _ := strings.Cut(s, "=")
			fields, err := fieldsOf(b, name, value)
			if err != nil {
				return err
			}
			changes, named = append(changes, fields...), append(named, name)
		}
		for _, name := range o.unset {
			fields, err := unsetFields(b, name)
			if err != nil {
				return err
			}
			changes, named = append(changes, fields...), append(named, name)
		}
		result.Block, result.about, result.message = id.String(), []key.BlockID{id}, id.String()+": "+strings.Join(named, ", ")
		return withoutDeadEnds(ctx, c, e, id, func() error { return e.Change(ctx, id, changes...) })
	})
}

// fieldsOf sets a field of a block wherever it stands.
func fieldsOf(b *modulestore.Block, name, value string) ([]modulestore.Field, error) {
	places := modulestore.FieldPlaces(b, name)
	if len(places) == 0 {
		return nil, &usageError{
			message: fmt.Sprintf("%s is no setting of a %s but a part of its content", name, b.ID.Type),
			advice:  "change it with lectern edit",
		}
	}
	def, known := field.Lookup(b.ID.Type, name)
	read := def.FromAttribute
	if field.PureXBlock(b.ID.Type) {
		read = def.FromPure
	}
	source := jsonOf(value)
	if known {
		v, fault := read(value)
		if fault != nil && fault.Severity == field.Error {
			return nil, &usageError{message: fmt.Sprintf("%s=%s: %s", name, shortened(value), fault.Message), advice: fault.Fix}
		}
		source = def.ToPolicy(v)
	}
	fields := make([]modulestore.Field, len(places))
	for i, in := range places {
		fields[i] = modulestore.Field{Name: name, In: in, Value: value}
		if in == modulestore.InPolicy {
			fields[i].Value = source
		}
	}
	return fields, nil
}

// jsonOf is the JSON of a value that no field knows: itself, or a text.
func jsonOf(value string) string {
	if json.Valid([]byte(value)) {
		return value
	}
	return field.Def{Kind: field.String}.ToPolicy(field.StringValue(value))
}

// unsetFields removes a field of a block wherever it stands.
func unsetFields(b *modulestore.Block, name string) (fields []modulestore.Field, err error) {
	for in, list := range map[string][]modulestore.Attr{modulestore.InAttribute: b.Attrs, modulestore.InPolicy: b.Policy} {
		for _, a := range list {
			if a.Name == name {
				fields = append(fields, modulestore.Field{Name: name, In: in, Remove: true})
			}
		}
	}
	if len(fields) == 0 {
		return nil, &usageError{message: fmt.Sprintf("%s does not set %s", b.ID, name), advice: "lectern show COURSE BLOCK lists its settings"}
	}
	return fields, nil
}
