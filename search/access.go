package search

import (
	"context"

	"lectern/modulestore"
	"lectern/modulestore/key"
)

// Classes tells for a branch of a course which access point each block belongs to: the nearest block at or above it at which rules of access can differ. The zero id
// is the root of the course. It must depend on nothing but the snapshot.
type Classes func(ctx context.Context, s *modulestore.Snapshot) (func(key.BlockID) key.BlockID, error)

// Access says what somebody may find in one course.
type Access struct {
	Course key.Course
	// Root is the published branch that the classes were computed for.
	Root modulestore.ID
	// All says that everything in the branch may be found. Classes are all that it has, then, or none for those to whom every class of any version is open.
	All bool
	// Classes are the access points that are open.
	Classes []key.BlockID
	// TitlesOnly: what may be found is found by its title alone, because its text is not for those who ask.
	TitlesOnly bool
}

// Scope says what somebody may find. What it does not name is not found.
type Scope struct {
	// Everything is for those who may find all courses; Courses does not matter then.
	Everything bool
	Courses    []Access
}
