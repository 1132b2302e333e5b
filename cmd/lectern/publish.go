package main

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"lectern/modulestore"
	"lectern/modulestore/key"
)

type publishOptions struct {
	alone  bool
	at     string
	due    bool
	orders bool
	cancel uint64
	author string
}

func (a *app) publishCommand() *cobra.Command {
	var o publishOptions
	cmd := &cobra.Command{
		Use:     "publish COURSE [BLOCK]",
		GroupID: groupCourses,
		Short:   "Show learners the draft of a course, or of one block",
		Long: `Make the draft of a course, or of one block with everything below it, what learners see. The blocks above it must be
published. What was deleted below it disappears for learners, too. With --alone only the block's own settings are published and, of the blocks
in it, the order of those that are published already. Publishing adds one version, or none if nothing differs.

With --at nothing is published yet: the draft as it is now is ordered for that time, and a later edit does not change what was ordered.
Orders are carried out by lectern publish --due, which is to be run every few minutes (by cron, for instance). An order that cannot be
carried out is reported and stays. --orders lists the orders of a course, and --cancel takes one back.

A TIME is 2026-09-01T08:00:00+02:00 or, in UTC, 2026-09-01 08:00.`,
		Example: `  lectern publish course-v1:Lectern+ByExample+2026 vertical/run-the-import
  lectern publish course-v1:Lectern+ByExample+2026 chapter/import --at "2026-09-01 08:00"
  lectern publish --due`,
		Args: takes(0, 2),
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.runPublish(cmd, args, o)
		},
	}
	flags := cmd.Flags()
	flags.BoolVar(&o.alone, "alone", false, "publish the block's own settings, and nothing below it")
	flags.StringVar(&o.at, "at", "", "`time` at which to publish")
	flags.BoolVar(&o.due, "due", false, "publish, in all courses, what was ordered for a time that has come")
	flags.BoolVar(&o.orders, "orders", false, "list what was ordered for a time to come")
	flags.Uint64Var(&o.cancel, "cancel", 0, "take back the order of that `number`")
	flags.StringVar(&o.author, "author", "", "`name` of who makes the version (default your user name)")
	return cmd
}

// check refuses arguments and flags that do not go together.
func (o *publishOptions) check(cmd *cobra.Command, args []string) error {
	var given []string
	for _, name := range []string{"at", "alone", "due", "orders", "cancel"} {
		if cmd.Flags().Changed(name) && !(name == "alone" && len(given) == 1 && given[0] == "--at") {
			given = append(given, "--"+name)
		}
	}
	switch {
	case len(given) > 1:
		return &usageError{message: strings.Join(given, " and ") + " do not go together", advice: "see " + cmd.CommandPath() + " --help"}
	case o.due && len(args) > 0:
		return &usageError{message: "--due is about all courses", advice: "leave out " + args[0]}
	case !o.due && len(args) == 0:
		return &usageError{message: "an argument is missing", advice: "usage: " + cmd.UseLine()}
	case (o.orders || cmd.Flags().Changed("cancel")) && len(args) == 2:
		return &usageError{message: "orders are listed by course, and taken back by number", advice: "leave out " + args[1]}
	}
	return nil
}

func (a *app) runPublish(cmd *cobra.Command, args []string, o publishOptions) error {
	ctx := cmd.Context()
	if err := o.check(cmd, args); err != nil {
		return err
	}
	if o.due {
		return a.publishDue(ctx, o.author)
	}
	c, id, err := courseAndBlock(args)
	if err != nil {
		return err
	}
	if o.author == "" {
		o.author = a.userName()
	}
	var at time.Time
	if o.at != "" {
		if at, err = parseTime(o.at); err != nil {
			return err
		}
	}
	return a.withStore(ctx, toRead, func(store *modulestore.Store) error {
		switch {
		case o.orders:
			return a.listOrders(ctx, store, c)
		case cmd.Flags().Changed("cancel"):
			return a.cancelOrder(ctx, store, c, o)
		case o.at != "":
			return a.orderPublish(ctx, store, c, id, at, o)
		}
		v, changed, err := store.Publish(ctx, c, id, modulestore.PublishOptions{Alone: o.alone}, o.author)
		if err != nil {
			return err
		}
		return a.printMade(v, changed, madeText{
			done: "learners see the draft of " + scopeText(c, id, o.alone),
			same: scopeText(c, id, o.alone) + " is published as it is",
		})
	})
}

// courseAndBlock reads COURSE [BLOCK]. Without a block that is zero, for the whole course.
func courseAndBlock(args []string) (c key.Course, id key.BlockID, err error) {
	if c, err = key.ParseCourse(args[0]); err != nil || len(args) == 1 {
		return c, id, err
	}
	id, err = blockOf(c, args[1])
	return c, id, err
}

// scopeText names what is published or discarded.
func scopeText(c key.Course, id key.BlockID, alone bool) string {
	switch {
	case id.IsZero() && alone:
		return c.String() + " alone"
	case id.IsZero():
		return c.String()
	case alone:
		return id.String() + " alone"
	}
	return id.String() + " and below"
}

// madeText is what a command says of a version that it made, and if it made none.
type madeText struct{ done, same string }

func (a *app) printMade(v modulestore.Version, changed bool, text madeText) error {
	if a.json {
		return a.printJSON(madeVersion{v.Course.String(), v.Seq, changed})
	}
	if !changed {
		a.printf("%s; no new version\n", text.same)
		return nil
	}
	a.printf("version %d of %s: %s\n", v.Seq, v.Course.String(), text.done)
	return nil
}

// zonelessTimes are the forms of a time in UTC.
var zonelessTimes = []string{"2006-01-02 15:04", "2006-01-02 15:04:05", "2006-01-02T15:04", "2006-01-02T15:04:05"}

func parseTime(text string) (time.Time, error) {
	text = strings.TrimSpace(text)
	if t, err := time.Parse(time.RFC3339, text); err == nil {
		return t, nil
	}
	for _, form := range zonelessTimes {
		if t, err := time.Parse(form, text); err == nil {
			return t, nil
		}
	}
	return time.Time{}, &usageError{
		message: fmt.Sprintf("%q is no time", text),
		advice:  "write 2026-09-01T08:00:00+02:00, or 2026-09-01 08:00 for UTC",
	}
}

// shownOrder is the --json form of an order.
type shownOrder struct {
	Course  string `json:"course"`
	Order   uint64 `json:"order"`
	Block   string `json:"block"`
	Alone   bool   `json:"alone"`
	At      string `json:"at"`
	Draft   uint64 `json:"draft"` // the version whose draft is published
	Author  string `json:"author"`
	Ordered string `json:"ordered"`
	// What became of it, once it was due.
	Version uint64 `json:"version,omitempty"`
	Error   string `json:"error,omitempty"`
}

func showOrder(c key.Course, o modulestore.Order) shownOrder {
	return shownOrder{
		Course: c.String(), Order: o.Number, Block: o.Block.String(), Alone: o.Alone, At: timeText(o.At), Draft: o.Version,
		Author: o.Author, Ordered: timeText(o.Time),
	}
}

func (a *app) orderPublish(ctx context.Context, store *modulestore.Store, c key.Course, id key.BlockID, at time.Time, o publishOptions) error {
	order, err := store.OrderPublish(ctx, c, id, modulestore.PublishOptions{Alone: o.alone}, at, o.author)
	if err != nil {
		return err
	}
	if a.json {
		return a.printJSON(showOrder(c, order))
	}
	a.printf("order %d: at %s learners will see the draft of %s as it is now\n", order.Number, timeText(order.At), scopeText(c, id, o.alone))
	return nil
}

func (a *app) cancelOrder(ctx context.Context, store *modulestore.Store, c key.Course, o publishOptions) error {
	if err := store.CancelOrder(ctx, c, o.cancel, o.author); err != nil {
		return err
	}
	if a.json {
		return a.printJSON(map[string]any{"course": c.String(), "cancelled": o.cancel})
	}
	a.printf("order %d of %s is taken back\n", o.cancel, c.String())
	return nil
}

func (a *app) listOrders(ctx context.Context, store *modulestore.Store, c key.Course) error {
	orders, err := store.Orders(ctx, c)
	if err != nil {
		return err
	}
	list := make([]shownOrder, len(orders))
	rows := make([][]string, len(orders))
	for i, o := range orders {
		list[i] = showOrder(c, o)
		what := list[i].Block
		if o.Alone {
			what += " alone"
		}
		rows[i] = []string{strconv.FormatUint(o.Number, 10), list[i].At, what, "draft of version " + versionSpec(o.Version), o.Author}
	}
	if a.json {
		return a.printJSON(map[string]any{"orders": list})
	}
	return a.table(rows)
}

func (a *app) publishDue(ctx context.Context, author string) error {
	return a.withStore(ctx, toRead, func(store *modulestore.Store) error {
		results, err := store.PublishDue(ctx, store.Now(), author)
		if err != nil {
			return err
		}
		list := make([]shownOrder, len(results))
		failed := 0
		for i, r := range results {
			list[i] = showOrder(r.Course, r.Order)
			list[i].Version = r.Version
			if r.Err != nil {
				failed++
				list[i].Error = r.Err.Error()
			}
		}
		if err := a.printDue(list); err != nil {
			return err
		}
		if failed > 0 {
			return fmt.Errorf("%s could not be carried out; what is in the way must be removed, or the order taken back with --cancel", plural(failed, "order"))
		}
		return nil
	})
}

func (a *app) printDue(list []shownOrder) error {
	if a.json {
		return a.printJSON(map[string]any{"orders": list})
	}
	for _, o := range list {
		if o.Error != "" {
			a.printf("order %d of %s: %s\n", o.Order, o.Course, o.Error)
			continue
		}
		a.printf("order %d of %s: version %d publishes %s\n", o.Order, o.Course, o.Version, o.Block)
	}
	return nil
}
