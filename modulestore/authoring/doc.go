// Package authoring changes stored courses in ways that need to understand OLX. Each operation is one version or none, checks what it
// is about to write, and says what it did.
//
//   - [Create] makes a block that is what its OLX says, as a step of an edit.
//   - [Edit] replaces one block by what its new OLX says.
//   - [Replace] replaces a text by another in all blocks.
//   - [ShiftDates] shifts all dates.
//
// The last two go over the whole course, or what is below a block, and can be previewed: the report is the same, and nothing is written.
package authoring
