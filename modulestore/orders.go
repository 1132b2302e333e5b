package modulestore

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"lectern/modulestore/key"
)

// OrderPublish orders that a block be published at a time in the future, as the draft has it now. The zero block is the whole course. Nothing happens
// by itself at that time: PublishDue carries orders out.
func (s *Store) OrderPublish(ctx context.Context, c key.Course, id key.BlockID, o PublishOptions, at time.Time, author string) (order Order, err error) {
	at = at.UTC().Truncate(time.Millisecond)
	now := s.Now().UTC().Truncate(time.Millisecond)
	if !at.After(now) {
		return Order{}, invalid(fmt.Errorf("%s is not in the future; publish at once instead", at.Format(time.RFC3339)))
	}
	_, _, err = s.change(ctx, c, func(e *Edit) error {
		draft, err := e.branch(Draft)
		if err != nil {
			return err
		}
		block := cmp.Or(id, draft.tree.Root)
		if draft.tree.Blocks[block] == nil {
			return fmt.Errorf("%s: block %s in the draft: %w", c, block, ErrNotFound)
		}
		refs, err := e.Refs()
		if err != nil {
			return err
		}
		order = Order{
			Number: e.base.Seq + 1, Block: block, Alone: o.Alone, At: at, Version: e.base.Seq, Author: author, Time: now,
		}
		e.setOrders(refs, append(slices.Clone(refs.Orders), order))
		e.Describe(author, "order", fmt.Sprintf("publish %s at %s", block, at.Format(time.RFC3339)))
		e.About(block)
		return nil
	})
	return order, err
}

// setOrders replaces the orders alone.
func (e *Edit) setOrders(refs *Refs, orders []Order) {
	next := *refs
	next.Orders = orders
	slices.SortFunc(next.Orders, func(a, b Order) int { return cmp.Or(a.At.Compare(b.At), cmp.Compare(a.Number, b.Number)) })
	e.SetRefs(&next)
}

// takeOrder takes an order out of the list; ok is false if it is not there.
func (e *Edit) takeOrder(number uint64) (order Order, ok bool, err error) {
	refs, err := e.Refs()
	if err != nil {
		return Order{}, false, err
	}
	i := slices.IndexFunc(refs.Orders, func(o Order) bool { return o.Number == number })
	if i < 0 {
		return Order{}, false, nil
	}
	e.setOrders(refs, slices.Delete(slices.Clone(refs.Orders), i, i+1))
	return refs.Orders[i], true, nil
}

// CancelOrder takes an order back that has not been carried out.
func (s *Store) CancelOrder(ctx context.Context, c key.Course, number uint64, author string) error {
	_, _, err := s.change(ctx, c, func(e *Edit) error {
		order, ok, err := e.takeOrder(number)
		if err == nil && !ok {
			err = fmt.Errorf("%s: order %d: %w", c, number, ErrNotFound)
		}
		if err != nil {
			return err
		}
		e.Describe(author, "cancel", fmt.Sprintf("order %d to publish %s at %s", number, order.Block, order.At.Format(time.RFC3339)))
		e.About(order.Block)
		return nil
	})
	return err
}

// Orders lists the orders of a course that have not been carried out, the first due first.
func (s *Store) Orders(ctx context.Context, c key.Course) ([]Order, error) {
	head, err := s.Head(ctx, c)
	if err != nil {
		return nil, err
	}
	refs, err := s.Refs(ctx, head)
	if err != nil {
		return nil, err
	}
	return refs.Orders, nil
}

// DueOrders lists those orders of a course whose time has come.
func (s *Store) DueOrders(ctx context.Context, c key.Course, now time.Time) ([]Order, error) {
	all, err := s.Orders(ctx, c)
	if err != nil {
		return nil, err
	}
	return slices.DeleteFunc(all, func(o Order) bool { return o.At.After(now) }), nil
}

// OrderResult says what became of an order that was due.
type OrderResult struct {
	Course  key.Course
	Order   Order
	Version uint64 // that it made; 0 if it could not be carried out
	Err     error  // why it could not be carried out; it stays an order
}

// PublishDue carries out the orders of all courses whose time has come, the oldest of a course first and each by a version of its own. Orders
// that cannot be carried out are reported and stay; orders that another process carries out meanwhile are left to it. Without an author the
// versions are made by who gave the orders.
func (s *Store) PublishDue(ctx context.Context, now time.Time, author string) (results []OrderResult, err error) {
	courses, err := s.Courses(ctx)
	if err != nil {
		return nil, err
	}
	for _, c := range courses {
		due, err := s.DueOrders(ctx, c.Course, now)
		if err != nil {
			return results, err
		}
		for _, order := range due {
			v, changed, err := s.carryOut(ctx, c.Course, order, cmp.Or(author, order.Author))
			switch {
			case ctx.Err() != nil:
				return results, ctx.Err()
			case err != nil:
				results = append(results, OrderResult{Course: c.Course, Order: order, Err: err})
			case changed:
				results = append(results, OrderResult{Course: c.Course, Order: order, Version: v.Seq})
			}
		}
	}
	return results, nil
}

// carryOut publishes what was ordered and takes the order out of the list. changed is false if it is not in the list any more.
func (s *Store) carryOut(ctx context.Context, c key.Course, order Order, author string) (v Version, changed bool, err error) {
	draft, err := s.orderedDraft(ctx, c, order)
	if err != nil {
		return Version{}, false, err
	}
	return s.change(ctx, c, func(e *Edit) error {
		_, ok, err := e.takeOrder(order.Number)
		if err != nil || !ok {
			return err
		}
		o := PublishOptions{Alone: order.Alone}
		e.describePublish(draft, order.Block, o, author, fmt.Sprintf("order %d, as of version %d", order.Number, order.Version))
		return e.publish(draft, order.Block, o)
	})
}

// orderedDraft loads the draft that an order is to publish from, and makes sure that what it needs of it is still there.
func (s *Store) orderedDraft(ctx context.Context, c key.Course, order Order) (*Tree, error) {
	list, err := s.Log(ctx, c, order.Version, 1)
	if err != nil {
		return nil, err
	}
	draft, err := s.Snapshot(ctx, list[0], Draft)
	if err != nil {
		return nil, err
	}
	tree := *draft.Tree()
	if order.Block != tree.Root {
		tree.Root, tree.Detached = order.Block, nil
	}
	var bodies []reference
	tree.Walk(func(b *Block, _ key.BlockID) bool {
		bodies = append(bodies, reference{kind: KindBody, id: b.Body})
		return true
	})
	if err := s.secure(ctx, bodies); err != nil {
		return nil, fmt.Errorf("%s: %w", list[0], err)
	}
	return draft.Tree(), nil
}
