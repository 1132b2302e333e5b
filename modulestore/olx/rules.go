package olx

import "slices"

// Rule is one thing that a check can find. Its ID never changes and is never used for something else.
type Rule struct {
	ID       string
	Severity Severity
	// Cleaner is the name under which users of olxcleaner know the finding, empty if it has none.
	Cleaner string
	// Meaning says what was found, for docs/rules.md.
	Meaning string
	// Fix says what to do about it; it is part of every problem.
	Fix string
}

// Rules of files and definitions.
var (
	ruleXMLMalformed    = rule("xml.malformed", Error, "InvalidXML", "The file is not well-formed XML. The block is kept as it came and exported unchanged.", "correct the XML at this place")
	ruleXMLHTMLEntity   = rule("xml.html_entity", Error, "InvalidXML", "An HTML entity such as &nbsp; stands in an XML file. The block is kept as it came.", "write the character itself or its number, for example &#160; for &nbsp;")
	ruleXMLEncoding     = rule("xml.encoding", Error, "InvalidXML", "The bytes of the file are not in the encoding it declares (UTF-8 if none). The block is kept as it came.", "save the file as UTF-8, or declare its encoding in the first line")
	ruleXMLEntity       = rule("xml.entity", Error, "InvalidXML", "The file declares entities. The whole import is refused, because this is how XML attacks begin.", "remove the DOCTYPE with its declarations and write the characters themselves")
	ruleXMLDepth        = rule("xml.depth", Error, "", "Elements are nested deeper than any XML reader of Open edX accepts. The whole import is refused.", "flatten the elements")
	ruleXMLAttributes   = rule("xml.attributes", Error, "", "One element has more than a thousand attributes. The whole import is refused.", "remove the attributes that no field uses")
	ruleXMLSize         = rule("xml.size", Error, "", "An XML file is larger than 8 MiB. The whole import is refused.", "move embedded data to files under static/")
	ruleXMLBOM          = rule("xml.bom", Warning, "", "The file starts with a byte order mark, which Open edX cannot read. It was read here and is exported as it came.", "save the file as UTF-8 without a byte order mark")
	ruleXMLLeadingBlank = rule("xml.leading_blank", Warning, "InvalidXML", "White space stands before the XML declaration, which Open edX cannot read.", "remove the blank lines before <?xml")
	ruleXMLTranscoded   = rule("xml.transcoded", Warning, "", "The file is written in another encoding than UTF-8. It was read with that encoding; Open edX reads it as UTF-8 and loses the block.", "save the file as UTF-8 and remove the encoding declaration")
	ruleXMLDoctype      = rule("xml.doctype", Warning, "", "The file has a document type without declarations. It is kept and not used.", "remove the DOCTYPE line")

	ruleNoRoot          = rule("olx.no_root", Error, "CourseXMLDoesNotExist", "The archive holds no course.xml and no library.xml.", "make the archive of the folder that holds course.xml")
	ruleManyRoots       = rule("olx.many_roots", Error, "", "The archive holds several courses at the same depth.", "import the folder of one course")
	ruleRootUnreadable  = rule("olx.root", Error, "BadEntry", "The root of the course cannot be read, so there is nothing to import.", "correct the root file and import again")
	ruleNoRun           = rule("olx.no_run", Error, "NoRunName", "course.xml names no run.", "add url_name=\"RUN\" to the element in course.xml")
	ruleNoOrg           = rule("olx.no_org", Warning, "", "course.xml leaves out org or course; upstream's replacements were used.", "add org=\"…\" and course=\"…\" to the element in course.xml")
	ruleBadKey          = rule("olx.bad_key", Error, "", "Organisation, course or run cannot be part of a course key.", "use letters, digits, and . _ - ~ only")
	ruleMissingFile     = rule("olx.missing_file", Error, "FileDoesNotExist", "A pointer names a file that is not in the archive. The pointer is kept.", "add the file, or remove the pointer")
	ruleTagMismatch     = rule("olx.tag_mismatch", Error, "TagMismatch", "A definition file holds another element than its pointer says. The file is kept as it came.", "use the same tag in the pointer and in the file")
	ruleSelfPointer     = rule("olx.self_pointer", Error, "SelfPointer", "A definition file only points at itself. It is kept as it came.", "put the block's definition into the file")
	ruleCycle           = rule("olx.cycle", Error, "", "A block contains itself through its children. The pointer that closes the circle is kept and not followed.", "remove the pointer")
	ruleDepth           = rule("olx.depth", Error, "", "Blocks contain each other deeper than any course page can show. The pointer is kept and not followed.", "flatten the course: section, subsection, unit, component")
	rulePointerAttrs    = rule("olx.pointer_attributes", Error, "PossiblePointer", "An element with a definition file of its own has further attributes, so Open edX takes it for an empty block. It was read as a pointer; the attributes are kept and have no effect.", "move the attributes into the definition file")
	ruleDuplicateInline = rule("olx.duplicate_name", Error, "DuplicateURLName", "Two definitions have the same type and name. The second is kept under a name of its own.", "give one of the blocks another url_name")
	ruleSecondPointer   = rule("olx.second_pointer", Warning, "DuplicateURLName", "Two places point at the same block. Both show it here; Open edX drops the second for blocks that hold answers.", "copy the block under a name of its own if both places need it")
	ruleStrayText       = rule("olx.stray_text", Warning, "UnexpectedContent", "There is text between the children of a container. It is kept; Open edX loses the block before it.", "remove the text, or put it into an html block")
	ruleNameCharacters  = rule("olx.name_characters", Warning, "InvalidSetting", "A url_name has characters that no usage key can hold, or far too many. The block got a name of its own; the files keep theirs.", "use only letters, digits, and . _ - ~ : in a url_name")
	ruleNoName          = rule("olx.no_name", Info, "MissingURLName", "A block has no url_name. It got one from its place in the course.", "add a url_name so that learners' answers stay with the block when it moves")
	ruleNameFromTitle   = rule("olx.name_from_title", Warning, "MissingURLName", "A block has no url_name; its name was made from its title.", "add a url_name so that a new title does not make it another block")
	ruleEmptyBlock      = rule("olx.empty_block", Warning, "EmptyTag", "An element has neither name nor content. It is kept as an empty block.", "give it content, or remove it")
	ruleExtraURLName    = rule("olx.extra_url_name", Warning, "ExtraURLName", "A definition file names another url_name than its pointer; the pointer's name holds.", "remove the url_name from the definition file")
	ruleReference       = rule("olx.reference", Error, "InvalidPointer", "A url_name or filename would leave the folder of its type. It is not followed.", "use a plain name without slashes")
	ruleMissingHTML     = rule("olx.missing_html", Error, "FileDoesNotExist", "An html block names an .html file that is not in the archive.", "add the .html file, or remove the filename attribute")
	ruleMissingContent  = rule("olx.missing_content", Error, "FileDoesNotExist", "A block names a content file that is not in the archive.", "add the file, or remove the filename attribute")
	ruleHTMLEncoding    = rule("olx.html_encoding", Error, "InvalidHTML", "A text file is not UTF-8. It is kept as it came.", "save the file as UTF-8")
	ruleHTMLInline      = rule("olx.html_inline_ignored", Warning, "UnexpectedContent", "An html block has both a file and text of its own; the file holds, the text is kept.", "remove the text or the filename attribute")
	ruleTooLarge        = rule("olx.too_large", Error, "", "A definition is larger than can be read. The file is kept as it came.", "move embedded data to files under static/")

	rulePolicyMalformed = rule("policy.malformed", Error, "BadPolicy", "A policy file is not JSON. It is kept as it came and not applied.", "correct the JSON at this place")
	rulePolicyShape     = rule("policy.shape", Error, "BadPolicyFormat", "A policy file does not hold an object of objects. It is kept as it came and not applied.", "write {\"TYPE/URL_NAME\": {\"setting\": value}}")
	rulePolicyBlock     = rule("policy.unknown_block", Warning, "PolicyRefNotFound", "A policy names a block that is not in the course.", "correct the block's type or name, or remove the entry")
	rulePolicyFolder    = rule("policy.wrong_folder", Warning, "PolicyNotFound", "There is a policy folder, but not of this run, so nothing in it applies.", "rename the folder to the run of course.xml")
	rulePolicyDuplicate = rule("policy.duplicate_key", Warning, "BadPolicy", "A JSON object has the same key twice; the last one holds.", "remove one of them")
	rulePolicyOverride  = rule("policy.override", Info, "SettingOverride", "A setting has one value in the policy and another as attribute; the policy holds.", "keep the setting in one place")

	ruleDetachedName      = rule("detached.name", Warning, "", "The name of an about page, tab or update cannot be a block name. The file is kept and not shown.", "use only letters, digits, and . _ - ~ : in the file name")
	ruleDetachedDuplicate = rule("detached.duplicate", Warning, "", "Two files, such as overview.html and overview.md, give the text of one page. The first is used; both are kept.", "remove one of them")
	ruleDetachedJSON      = rule("detached.json", Error, "InvalidSetting", "A JSON file beside the course updates is broken. It is kept as it came.", "correct the JSON at this place")

	ruleDraftParent   = rule("draft.unknown_parent", Error, "", "A draft belongs to a parent that is not in the course, cannot have children, or is a draft itself with other children. It is kept without a parent.", "import the parent too, or correct parent_url")
	ruleDraftNoParent = rule("draft.no_parent", Error, "", "A draft names no parent, and no block has it as a child. It is kept without a parent.", "add parent_url and index_in_children_list to the draft's root element")
	ruleDraftNoIndex  = rule("draft.no_index", Warning, "", "A draft has no index_in_children_list. It was taken as the draft of the published block of that name.", "add parent_url and index_in_children_list to the draft's root element")
	ruleDraftFallback = rule("draft.published_child", Warning, "", "A draft points at a block that is not among the drafts; its published version is used.", "export the drafts again, with all their children")
	ruleDraftIndex    = rule("draft.index", Warning, "", "A draft's index_in_children_list is not a number or beyond the list. The draft was put at the end.", "correct the number")
)

// allRules collects the rules in the order of their declaration. It is filled while package variables are set and never changes after.
var allRules []Rule

func rule(id string, severity Severity, cleaner, meaning, fix string) Rule {
	r := Rule{ID: id, Severity: severity, Cleaner: cleaner, Meaning: meaning, Fix: fix}
	allRules = append(allRules, r)
	return r
}

// Rules lists every rule of the codec, sorted by id.
func Rules() []Rule {
	list := slices.Clone(allRules)
	slices.SortFunc(list, func(a, b Rule) int {
		if a.ID < b.ID {
			return -1
		}
		return 1
	})
	return list
}
