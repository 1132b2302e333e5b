// Package query reads what somebody typed into a search box, and marks in texts what was found. Everything here is a pure function of its arguments.
//
// # What can be typed
//
//	loops lists              both words, in any of their forms
//	"while loops"            the words side by side, just as they are; quotation marks of any kind
//	-python -"while loops"   not this
//	type:problem             a field: type:, course:, lang:, org:, tag:, in:
//	tag:"Skills > Writing"   a value with blanks
//	-type:video              not this value
//	\type:problem \-5        a backslash makes a plain word of anything
//
// Everything else is plain text. [Parse] never fails: what it does not understand it reads as words, what is beyond its limits it leaves out, and of both it gives a [Note]. Nothing of it
// is ever syntax to the index. [Query.String] writes a query so that Parse gives the same again, for cursors and saved searches.
//
// # What was found
//
// A [Matcher] finds the places in a text that a query asks for. It is made from the [Analysers] of the index, so that it finds what the index finds. [Snippet] cuts the best piece from a
// text around them, [Mark] gives a title whole.
//
// # The rest
//
// [Cursor] is the place in a long list of hits, [Signals] and [Rerank] put hits in the order in which they help, [Synonyms] know other words, [Meant] knows the right ones.
package query
