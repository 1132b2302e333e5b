// Package extract takes from the blocks of a course the text that may be found. Everything here is a pure function of its arguments.
//
// # Public and hidden
//
// [Block] splits what a block says in two: what its learners read, and what only its authors may find. The line is drawn by lists of what is
// public (elements of a problem, attributes of a type), never by lists of what is secret alone, so what nobody has heard of is not shown:
// an unknown element of a problem is hidden with all that is below it, and of an unknown block type nothing is taken but the name.
//
// # From markup to text
//
//	source of a block
//	   │ readXML, readHTML    events: an element begins, ends, text
//	page                      which of them are public, hidden, dropped; a line for each block of the page
//	   │ readable             formulas as words
//	   │ clean                one form of Unicode, no invisible characters, no endless words, a limit
//	Text
//
// A problem is read as XML. One that is none is read by the rules of HTML, which leave nothing unread, and then with more suspicion: a hidden element ends with its own
// end tag only, and a tag that has lost its end hides all that follows. Nobody can learn such a problem, so what is lost by that is nothing.
package extract
