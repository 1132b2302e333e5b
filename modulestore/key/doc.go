// Package key holds the names of things in Open edX: courses and libraries (Course), blocks (Block, upstream's usage
// key), static files (Asset), and a block inside a course that is already known (BlockID).
//
// Every name is a small comparable value: compare with ==, use it as a map key, print it with String, read it with the
// Parse function of its type. A key is a name, not a spelling: old and new spellings of one name are read into the same value.
//
//	course-v1:Org+Code+Run                      Course             also read: Org/Code/Run
//	library-v1:Org+Code                         Course, Library set, Run "library"
//	block-v1:Org+Code+Run+type@T+block@N        Block              also read: i4x://Org/Code/T/N
//	lib-block-v1:Org+Code+type@T+block@N        Block of a library
//	asset-v1:Org+Code+Run+type@asset+block@N    Asset              also read: /c4x/Org/Code/asset/N, c4x://Org/Code/asset/N
//	T/N, T@N                                    BlockID
//
// The keys of courses, libraries and their blocks may carry a branch and a version (At) after the name of the course:
// course-v1:Org+Code+Run+branch@draft+version@519665f6223ebd6980884f2b. They say which state of the thing is meant, not
// which thing, so they are no part of a key: ParseCourseAt and ParseBlockAt give them apart, ParseCourse and ParseBlock refuse them.
//
// What may stand in a key follows Open edX opaque-keys. Word characters are the letters and numbers of Unicode and the underscore;
// combining marks are none, so é must be written composed. Nothing is decoded, trimmed or normalised:
//
//	org, course code, run     word characters and - ~ . :     (in the old forms: word characters and - . %)
//	type of a block           word characters and - ~ . :
//	name of a block           word characters and - ~ . :     (in i4x keys also %)
//	name of an asset          word characters and - ~ . : %
//	branch                    word characters and - ~ . :     (in i4x keys also %)
//	version                   24 hexadecimal digits in lower case
//	the whole key             1,024 bytes
//
// Keys print in the new form. Two kinds of course can only be told in an old form, and print so to be read back as they were: one known
// from an i4x or c4x key, which names no run, and one with a percent sign in its org, code or run.
//
// Parsing a printed key gives the key again. This holds for every value that a Parse or New function gave; a value put together by hand
// is printed as it is.
package key
