package learner

import (
	"context"
	"fmt"
)

// Fault is an event that is not what was written, or that says what nobody understands.
type Fault struct {
	Stream Stream
	Device ID
	Seq    uint64
	Kind   string // of the event
	// Damaged: the log is not what was written. Else the event is as it was written, and has no effect.
	Damaged bool
	Detail  string
}

// Verify reads the whole log and reports each event that was changed since it was written, that does not follow the one before it, or whose payload is not
// understood. It changes nothing. progress, if not nil, is told the number of events done. It gives the number of events.
func (db *DB) Verify(ctx context.Context, report func(Fault), progress func(done int)) (events int, err error) {
	v := verifier{report: report}
	for at := (logPlace{}); ; {
		before := events
		err := db.one(ctx, "the log", selectEvents+`
			WHERE (e.stream_ref, e.device_ref, e.seq) > ($1, $2, $3) ORDER BY e.stream_ref, e.device_ref, e.seq LIMIT $4`,
			[]any{at.stream, at.device, at.seq, rebuildBatch}, func(rows found) error {
				e, place, err := scanEvent(rows)
				if err != nil {
					return err
				}
				events++
				at = place
				v.event(&e, place)
				return nil
			})
		if err != nil || events == before {
			return events, err
		}
		if progress != nil {
			progress(events)
		}
	}
}

// verifier goes through the log in the order of its key.
type verifier struct {
	report func(Fault)
	last   logPlace // the event before
	hash   Hash     // of that
}

func (v *verifier) event(e *Event, at logPlace) {
	fault := func(damaged bool, format string, args ...any) {
		v.report(Fault{Stream: e.Stream, Device: e.Device, Seq: e.Seq, Kind: e.Kind, Damaged: damaged, Detail: fmt.Sprintf(format, args...)})
	}
	if at.stream != v.last.stream || at.device != v.last.device {
		v.last, v.hash = logPlace{at.stream, at.device, 0}, Hash{}
	}
	switch redacted := e.Flags&Redacted != 0; {
	case at.seq != v.last.seq+1:
		fault(true, "%s", missing(v.last.seq+1, at.seq-1))
	case e.Prev != v.hash:
		fault(true, "it does not follow the event before it")
	case !redacted && e.hashed() != e.Hash:
		fault(true, "it was changed after it was written: its hash does not fit")
	}
	if err := e.Check(); err != nil && e.Stream.Kind == StateStream {
		fault(false, "%v", err)
	}
	v.last, v.hash = at, e.Hash
}

func missing(from, to int64) string {
	if from == to {
		return fmt.Sprintf("event %d before it is missing", from)
	}
	return fmt.Sprintf("events %d to %d before it are missing", from, to)
}
