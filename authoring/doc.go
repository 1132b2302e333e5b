// Package authoring changes stored courses in ways that need to understand OLX. Each operation is one version or none, checks what it
// is about to write, and says what it did.
//
//   - [Edit] replaces one block by what its new OLX says.
package authoring
