// Package edx writes what a learner gets of a course as the JSON of Open edX, for clients that know its public endpoints.
//
// Everything here is a pure function of its arguments. A [outline.View] says what one learner gets at one instant; a [Page] adds what only the caller knows:
// addresses of the site, who looks, what is completed. Who may ask for what, and all that HTTP is made of, is for the caller.
//
//	endpoint                                    value
//	learning_sequences/v1/course_outline        [NewCourseOutline]
//	course_home/outline                         [NewHome]
//	course_home/navigation                      [NewNavigation]
//	course_home/dates                           [NewDates]
//	course_home/progress                        [NewProgress]
//	courses/v1/blocks, courses/v2/blocks        [ParseBlocksQuery], then [NewBlocks]
//	courseware/sequence                         [NewSequencePage]
//	course_experience/v1/reset_course_deadlines [NewReset], for all courses [NewResetAll]
//	course_experience/v1/course_deadlines_info  [NewDeadlinesInfo]
//	edx_when/v1/user-dates                      [NewUserDates]
//
// [Encode] turns each of these values into bytes: the same values into the same bytes. Dates are UTC, with six digits of a second where there are any; what
// is missing is null; no character is escaped that JSON does not ask for.
//
// # Blocks
//
// The two versions of the blocks API are one here: they differ in blocks that are withheld with a message, which there are none of. What is to be known of a
// block is collected once for each version of a course, by a transformer; compile the course with [Transformers]:
//
//	course := outline.Compile(o, policy, append(edx.Transformers(), mine...))
//
// A plug-in adds a field to the blocks API by a transformer whose rule is [outline.Fields]: whoever asks for the field by name in requested_fields gets it.
// It takes blocks from learners by the same rule.
package edx
