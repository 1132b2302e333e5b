// Package extract takes from the blocks of a course the text that may be found. Everything here is a pure function of its arguments.
package extract
