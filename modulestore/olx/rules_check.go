package olx

// Rules of fields. Package field finds these and says how bad each finding is: the severity here is the worst it gives. The fix that
// stands in a problem is the one for its own text.
var (
	_ = rule("field.string", Error, "InvalidSetting", "A setting must be a text.", "put it in quotation marks")
	_ = rule("field.boolean", Warning, "InvalidSetting", "A setting must be true or false. Any other text is false to Open edX, and so it is here.", "write true or false")
	_ = rule("field.integer", Error, "InvalidSetting", "A setting must be a whole number. The text is kept; its default is used, or what is left after cutting the fraction off.", "write a number without fraction")
	_ = rule("field.float", Error, "InvalidSetting", "A setting must be a number. The text is kept; its default is used.", "write a number such as 1.5")
	_ = rule("field.negative", Warning, "InvalidSetting", "A setting is less than nothing.", "write 0 or more, or null")
	_ = rule("field.enum", Warning, "InvalidSetting", "A setting has a text that means nothing.", "write one of the texts that the message lists")
	_ = rule("field.date", Error, "InvalidSetting", "A date cannot be read. The text is kept; there is no date.", "write it as YYYY-MM-DDTHH:MM:SSZ")
	_ = rule("field.date_no_zone", Info, "", "A date names no time zone. It is read as UTC.", "write it as YYYY-MM-DDTHH:MM:SSZ")
	_ = rule("field.duration", Error, "InvalidSetting", "A length of time cannot be read. The text is kept; there is none.", "write it as \"1 day 5 hours\" or \"18000 seconds\"")
	_ = rule("field.relative_time", Error, "InvalidSetting", "A position in a video cannot be read, or is written as seconds.", "write it as HH:MM:SS")
	_ = rule("field.json", Error, "InvalidSetting", "A setting must be a JSON list or object of a certain shape. The text is kept; its default is used.", "correct the JSON")
	_ = rule("field.duplicate_key", Warning, "", "A setting holds a JSON object with the same key twice; the last one holds.", "keep one of them")
	_ = rule("field.ignored", Warning, "InvalidSetting", "An attribute has no effect: its field is not read from attributes.", "remove the attribute; set the field where it belongs")

	ruleFieldShape = rule("field.shape", Warning, "InvalidSetting", "A setting is sound JSON, but not what the setting needs.", "correct the setting as the message says")
	ruleDateOrder  = rule("date.order", Warning, "DateOrdering", "A date that should come later comes first, such as a due date before the start.", "correct one of the two dates")
)

// Rules of the course tree.
var (
	ruleNesting        = rule("olx.nesting", Warning, "UnexpectedTag", "A block stands where course pages do not expect it. They expect course, section (chapter), subsection (sequential), unit (vertical), component.", "move the block into a block of the kind that the message names")
	ruleEmptyContainer = rule("olx.empty_container", Warning, "EmptyTag", "A section, subsection or unit has no content, and learners see an empty place.", "fill it, or remove it")
	ruleNoTitle        = rule("olx.no_title", Info, "MissingDisplayName", "A section, subsection, unit or the course has no display_name. Learners see its url_name.", "add display_name=\"…\"")
	ruleNameCase       = rule("olx.name_case", Warning, "", "Two blocks of one type have names that differ only in case or Unicode form. Many file systems take their files for one.", "rename one of them")
	ruleObsolete       = rule("olx.obsolete", Info, "Obsolete", "A tag or attribute is no longer supported by Open edX. It is kept.", "use what the message says instead")
	ruleContentXML     = rule("olx.content_xml", Error, "InvalidXML", "The content file of a block is not well-formed XML.", "correct the XML at this place")
	ruleOrphanFile     = rule("olx.orphan_file", Info, "", "No block points at a definition file. It is kept and exported, and learners do not see it.", "add a pointer where the block belongs, or remove the file")
	rulePrerequisite   = rule("olx.prerequisite", Error, "", "A subsection waits for another that is not in the course. Open edX refuses to import it.", "correct required_prereq, or remove it")
	ruleWaitsForItself = rule("olx.prerequisite_cycle", Error, "", "Subsections wait for each other, or one for itself. None of them waits, so that learners are not locked out for good.", "remove required_prereq from one of them")
)

// Rules of course-wide settings.
var (
	ruleGradingMalformed = rule("grading.malformed", Error, "GradingPolicyIssue", "The grading policy cannot be read. It is kept as it came; the default policy is used.", "correct the JSON at this place")
	ruleGradingEntry     = rule("grading.entry", Error, "GradingPolicyIssue", "An assignment type of the grading policy lacks something it needs, or says it in a way that cannot be read.", "give each entry of GRADER a type, a weight from 0 to 1, a min_count and a drop_count")
	ruleGradingWeights   = rule("grading.weights", Warning, "GradingPolicyIssue", "The weights of the assignment types do not add up to 1, so the best grade is not 100 %.", "correct the weights")
	ruleGradingCutoffs   = rule("grading.cutoffs", Warning, "GradingPolicyIssue", "A grade cutoff is not between 0 and 1, or a better grade needs no more than a lesser one.", "write cutoffs from 0 to 1 that fall from the best grade to the least")
	ruleGradingDrop      = rule("grading.drop_count", Warning, "GradingPolicyIssue", "As many assignments of a type are dropped as there are, so none counts.", "lower drop_count")
	ruleGradingUnused    = rule("grading.unused_type", Warning, "GradingPolicyIssue", "No graded subsection has the format of an assignment type, so its share of the grade cannot be earned.", "give subsections that format and graded=\"true\", or remove the assignment type")
	ruleGradingMinCount  = rule("grading.min_count", Info, "GradingPolicyIssue", "There are fewer assignments of a type than its min_count. Those that are missing count as 0.", "lower min_count, or add assignments")
	ruleGradingFormat    = rule("grading.unknown_format", Warning, "GradingPolicyIssue", "A graded subsection has a format that is no assignment type, or none, so it does not count for the grade.", "use the type of an entry of GRADER, blanks included")

	rulePartitionShape   = rule("partition.shape", Error, "InvalidSetting", "An entry of user_partitions cannot be read, or two have the same id.", "give each partition an id and a name, and each of its groups an id of its own")
	rulePartitionScheme  = rule("partition.scheme", Warning, "InvalidSetting", "A partition has a scheme or version that Open edX does not have; it cannot load such a course unless a plug-in provides the scheme.", "use random, cohort, enrollment_track, team or content_type_gate, and version 3")
	rulePartitionUnknown = rule("partition.unknown_group", Warning, "InvalidSetting", "group_access names a partition or a group that the course does not have.", "correct group_access, or add the group to user_partitions")
	rulePartitionNobody  = rule("partition.contradiction", Warning, "", "A block is open to none of the groups that can reach it, so no learner sees it.", "correct group_access of the block or of the one above it")

	ruleTabShape   = rule("tab.shape", Warning, "InvalidSetting", "An entry of tabs lacks what its type needs, so Open edX leaves it out.", "give it a type, and a static_tab its name and url_slug")
	ruleTabNoPage  = rule("tab.no_page", Warning, "FileDoesNotExist", "tabs lists a page that is not in the course.", "add tabs/SLUG.html, or remove the entry")
	ruleTabNoEntry = rule("tab.no_entry", Warning, "", "A page in the folder tabs is not listed in tabs, so learners do not see it.", "add an entry of type static_tab with this url_slug to tabs in policy.json")
	ruleTabUnknown = rule("tab.unknown_type", Info, "", "An entry of tabs has a type that Open edX itself does not have. It is kept.", "check the type, unless a plug-in provides it")
)

// Rules of assets and links.
var (
	ruleAssetMissing   = rule("asset.missing", Warning, "MissingFile", "A link or setting names a file that is not in the folder static.", "add the file to static/, or correct the name")
	ruleAssetPlatform  = rule("asset.platform", Info, "", "A link names a file that comes with Open edX and is not part of the course. Elsewhere the link leads nowhere.", "add a file of your own to static/ and link to that")
	ruleAssetCollision = rule("asset.collision", Error, "", "Two files have the same name once Open edX has replaced slashes and unusual characters by underscores; it keeps one of them.", "rename one of the files and the links to it")
	ruleAssetNoFile    = rule("asset.no_file", Warning, "", "policies/assets.json lists a file that is not in the folder static.", "add the file, or remove the entry")
	ruleAssetPolicy    = rule("asset.policy", Error, "BadPolicy", "policies/assets.json cannot be read. It is kept as it came; the files have no display names and no locks.", "correct the JSON at this place")
	ruleAssetLarge     = rule("asset.large", Info, "", "A file is larger than 100 MB. Learners on phones will not want to keep it offline.", "make it smaller, or keep it on a video or file host")
	ruleLinkBlock      = rule("link.jump_to_id", Warning, "BadJumpToLink", "A link leads to a block that is not in the course.", "correct the name in the link")
	ruleLinkAbsolute   = rule("link.absolute", Info, "", "A link leads to this very course on one site. It will lead there from everywhere, whatever becomes of this copy.", "write /static/NAME or /jump_to_id/NAME, which stay inside the course")
	ruleLinkCourse     = rule("link.other_course", Info, "BadCourseLink", "A link without a site leads into another course, which may not be where this one goes.", "copy the file or the block into this course and link to that")
)

// Rules of block types.
var (
	ruleSplitMap       = rule("split_test.map", Error, "InvalidSetting", "The group_id_to_child of a content experiment is missing or cannot be read. The block is kept; Open edX drops it with everything in it.", "write group_id_to_child='{\"GROUP\": \"USAGE KEY\"}'")
	ruleSplitChild     = rule("split_test.missing_child", Warning, "InvalidSetting", "A group of a content experiment gets a block that is not among its children.", "correct the key, or add the child")
	ruleSplitGroups    = rule("split_test.groups", Warning, "InvalidSetting", "A group of the partition gets no child of a content experiment.", "add the group to group_id_to_child")
	ruleSplitPartition = rule("split_test.partition", Error, "InvalidSetting", "A content experiment names no partition of the course, so it cannot choose what to show.", "set user_partition_id to the id of a partition in user_partitions")

	ruleConditionalSource = rule("conditional.source", Warning, "InvalidSetting", "A conditional depends on a block that is not in the course, so it never opens, or on one of another course.", "write the key of a block of this course into sources")
	ruleConditionalShow   = rule("conditional.show", Warning, "InvalidSetting", "A conditional should show a block that is not in the course.", "correct the key, or remove the show element")

	ruleVideoNoSource       = rule("video.no_source", Warning, "InvalidSetting", "A video has no source at all. Open edX plays a demonstration video unless youtube_id_1_0 is there and empty.", "add a source, a YouTube id or an edx_video_id")
	ruleTranscriptMissing   = rule("transcript.missing", Warning, "MissingFile", "A video names a transcript that is not in the folder static.", "add the file to static/, or remove it from the video")
	ruleTranscriptDuplicate = rule("transcript.conflict", Info, "", "A video names different transcripts of one language in its attribute and in its elements; the attribute holds.", "keep them in one place")

	ruleLTIPassport  = rule("lti.passport", Error, "LTIError", "An LTI component names a passport that the course does not have, so it cannot log in to its tool.", "add \"ID:KEY:SECRET\" to lti_passports of the course")
	ruleLTIShape     = rule("lti.passport_shape", Error, "LTIError", "An entry of lti_passports is not of the form ID:KEY:SECRET.", "write \"ID:KEY:SECRET\"")
	ruleDiscussionID = rule("discussion.duplicate_id", Warning, "DuplicateID", "Two discussions have the same discussion_id and share their posts.", "give one of them another discussion_id, or remove the attribute")
	rulePollAnswers  = rule("poll_question.no_answers", Warning, "InvalidSetting", "A poll has no answers with an id. It is kept; Open edX drops it.", "add <answer id=\"…\">…</answer>")
	ruleCustomTag    = rule("customtag.template", Warning, "FileDoesNotExist", "A custom tag names no template of the folder custom_tags. Learners see an error in its place.", "add custom_tags/NAME, or correct impl")
	ruleAssessment   = rule("openassessment.rubric", Warning, "InvalidSetting", "An open response assessment will not pass the checks of Open edX. It is kept; Open edX drops it.", "correct the rubric or the assessments as the message says")
	rulePeerOption   = rule("ubcpi.correct_option", Warning, "InvalidSetting", "A peer instruction question marks no option as correct. It is kept; Open edX drops it.", "add correct=\"True\" to one option")
	ruleMarkdown     = rule("problem.markdown", Info, "", "A problem has a simple-editor text and XML that this text cannot have made. Learners get the XML; saving in the simple editor would overwrite it.", "set markdown=\"null\" to make it an XML problem")
)
