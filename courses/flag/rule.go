package flag

import (
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Scope is for whom a rule is.
type Scope string

const (
	Kill     Scope = "kill"   // nobody at all has it, without a key
	User     Scope = "user"   // the id of a learner
	Cohort   Scope = "cohort" // InCourse of its course and name
	Team     Scope = "team"   // InCourse of its course and name
	Course   Scope = "course" // the key of a course
	Org      Scope = "org"    // the name of an organisation
	Role     Scope = "role"   // the name of a role
	Everyone Scope = "everyone"
)

// Scopes lists all scopes in the order in which they are asked. A cohort and a team are of one step.
func Scopes() []Scope { return slices.Concat(steps...) }

// steps are the scopes that are asked together.
var steps = [][]Scope{{Kill}, {User}, {Cohort, Team}, {Course}, {Org}, {Role}, {Everyone}}

// keyless reports whether rules of s are about everybody.
func (s Scope) keyless() bool { return s == Kill || s == Everyone }

// InCourse is the key of a cohort or team.
func InCourse(course, name string) string { return course + " " + name }

// Share is the part of those whom a rule concerns that has the feature, in hundredths of a percent.
type Share int

const (
	Unset Share = -1 // the rule says nothing: what was said before is taken back
	Off   Share = 0
	On    Share = 10_000
)

// ParseShare reads on, off, unset or a percentage of at most two decimals.
func ParseShare(text string) (Share, error) {
	switch text {
	case "on":
		return On, nil
	case "off":
		return Off, nil
	case "unset":
		return Unset, nil
	}
	percent, err := strconv.ParseFloat(strings.TrimSuffix(text, "%"), 64)
	share := math.Round(percent * 100)
	if err != nil || !(percent >= 0 && percent <= 100) || math.Abs(share-percent*100) > 1e-6 { // 0.07 is not exact in binary
		return Unset, fmt.Errorf("%q is neither on, off, unset nor a percentage from 0 to 100 with at most two decimals", text)
	}
	return Share(share), nil
}

// String is the inverse of ParseShare.
func (s Share) String() string {
	switch s {
	case On:
		return "on"
	case Off:
		return "off"
	case Unset:
		return "unset"
	}
	return strconv.FormatFloat(float64(s)/100, 'f', -1, 64)
}

// MarshalText writes s as ParseShare reads it.
func (s Share) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// UnmarshalText reads s as ParseShare does.
func (s *Share) UnmarshalText(text []byte) (err error) {
	*s, err = ParseShare(string(text))
	return err
}

// Rule says for whom a flag is on.
type Rule struct {
	Flag    string
	Scope   Scope
	Key     string // as Scope says, empty for Kill and Everyone
	Share   Share
	Note    string
	Actor   string // the id of who made it
	Created time.Time
	// From is when it begins, zero for at once. Expires is when it ends, zero for never.
	From, Expires time.Time
	// OfflineSafe rules hold on in a copy that is not good any more.
	OfflineSafe bool
}

// Check reports what is wrong with a rule.
func (r Rule) Check() error {
	switch {
	case r.Flag == "":
		return errors.New("a rule names a flag")
	case !slices.Contains(Scopes(), r.Scope):
		return fmt.Errorf("a rule for the flag %s has the scope %q, which there is not", r.Flag, r.Scope)
	case r.Scope.keyless() != (r.Key == ""):
		return fmt.Errorf("a rule for the flag %s: the scope %s and the key %q do not go together", r.Flag, r.Scope, r.Key)
	case r.Share < Unset || r.Share > On:
		return fmt.Errorf("a rule for the flag %s has a share that is no percentage", r.Flag)
	case r.Scope == Kill && r.Share > Off:
		return fmt.Errorf("the kill switch of the flag %s turns it off for all, or is unset", r.Flag)
	case !r.Expires.IsZero() && !r.Expires.After(r.From):
		return fmt.Errorf("a rule for the flag %s expires before it begins", r.Flag)
	}
	return nil
}

func (r Rule) begun(at time.Time) bool   { return !at.Before(r.From) }
func (r Rule) expired(at time.Time) bool { return !r.Expires.IsZero() && !at.Before(r.Expires) }

// Bucket is the place of a learner, or of a device, from 0 to 9,999 in the order in which a flag is rolled out.
func Bucket(flag, subject string) int {
	h := sha256.Sum256([]byte("flag1\x00" + flag + "\x00" + subject))
	return int(binary.BigEndian.Uint64(h[:8]) % 10_000)
}
