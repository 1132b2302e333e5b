// Package exporter writes any version of a course back as OLX, to an archive or a folder.
//
// The faithful form (the default) gives back the files that were imported, byte for byte, and writes anew only what was edited since.
// The canonical form lays every definition out as Open edX Studio does. Both are deterministic: the same version gives the
// same archive, bit for bit, on every machine, so that archives can be compared and kept in version control.
package exporter
