// Package partition says which groups of a course a learner is in, and which blocks are open to those groups.
//
// Everything here is a pure function of its arguments: no store, no clock, no chance. The same learner is in the same group on every device, with or
// without a network.
//
// # From user_partitions to a verdict
//
//	Parse, NewSet      the partitions of a course, and those that every course has: enrolment tracks and content gates
//	   │ Set.Groups(Learner)
//	Memberships        the group of one learner in each partition, and why it is that one
//	   │ Set.Check(Access)
//	[]Denial           which rules close a block to the learner; none: it is open
//
// The rules of a block ([Access]) come from group_access by [ParseAccess] and are narrowed by those of its ancestors with [Access.Under]. Within a partition one of
// the groups is enough; every partition must pass. What cannot be understood, an unknown partition or group, closes: a slip must not show anybody the content of
// others.
//
// # Random groups
//
// A learner whom no stored row puts into a group of a random partition is drawn by a hash ([Set.Groups]):
//
//	h = the first 8 bytes, big endian, of SHA-256("abx1" 0 course key 0 partition id 0 learner)
//	r = ⌊h · W / 2⁶⁴⌋, where W is the sum of the weights
//
// and the groups are walked in their order until their weights exceed r. Strings are UTF-8, 0 is a zero byte, numbers are decimal, the learner is the id in lower-case
// hex. Reading never stores anything: who shows a learner content of the group stores [Membership], once, and from then on the stored group stands, whatever becomes of
// weights and groups. If a stored group is deleted, its members alone are drawn again among the rest, by a hash to which 0 and the id of the lost group are added:
// the old number would put them all beside one another. [Membership.Lost] tells the caller to store that, too.
//
// Item banks ([Bank]) draw their children by the same idea.
package partition
