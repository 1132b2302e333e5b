// Package answer reads what an OLX problem asks, grades answers to it, and says what of it a learner may see.
//
// Everything here is a pure function of its arguments: no store, no clock, no setting outside. The same answer to the same problem is judged the same on
// every device, so that a device can grade while it is offline and the server can check it.
//
// # From markup to points
//
//	Parse, ParseBlock   an element <problem>, or its settings and markup
//	   │
//	Problem             its settings, and a Part for every field that takes an answer, with the id the field has in Open edX
//	   │ Grade(Response)
//	Result              for each part correct, partially correct, incorrect, unanswered, invalid or ungraded; points; feedback
//
// Graded are multiple choice, checkboxes, dropdowns, numbers, texts, and places in an image, with the partial credit that OLX has for them. Each is a rule in a
// file of its own. Points are those before the weight of the problem: package grading goes on from there.
//
// # What cannot be graded
//
// A part is ungraded, with a reason, when nobody but a program of the author's or another service can judge it; when what is right depends on a script;
// when the problem contradicts itself, down to an answer that its own rule would not take; and when a regular expression needs what cannot be matched in
// time that grows with the text alone. It is never guessed. A result with an ungraded part has no Earned.
//
// An answer is invalid when it cannot be one: not a number, or a choice that there is not. Open edX refuses such a response without
// counting an attempt; [Result.Accepted] tells.
//
// # What is shown
//
// [Problem.Shown] applies showanswer and show_correctness to a [Situation], and holds nothing that is not allowed. [Problem.ForLearner] is
// the question alone, for pages that anybody can see.
//
// # Numbers
//
// Learners type expressions: 1/3, 2*pi, 1e3, 5%. What the calculator of Open edX knows is known here, in double precision. Right or wrong is decided on the
// decimals, so 1.1 is within 0.1 of 1.
//
// # Limits
//
// A source has at most [MaxSource] bytes; depth, the number of elements, the length of answers, expressions and patterns are limited, too. Whatever the input,
// nothing panics and nothing takes longer than its size allows. docs/compatibility.md lists where we differ from Open edX, on purpose.
package answer
