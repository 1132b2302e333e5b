package importer

import "lectern/modulestore/olx"

// Rules of importing an archive under another key than its own.
var (
	ruleRekeyTarget = olx.Rule{
		ID: "rekey.target", Severity: olx.Error,
		Meaning: "The archive cannot be imported under the wanted key. Nothing was imported.",
		Fix:     "import a course under the key of a course (course-v1:ORG+COURSE+RUN) and a library under the key of a library (library-v1:ORG+LIBRARY)",
	}
	ruleRekeyRoot = olx.Rule{
		ID: "rekey.root", Severity: olx.Error,
		Meaning: "The root file is not UTF-8, so another key cannot be written into it. Nothing was imported.",
		Fix:     "save the root file as UTF-8 and import again",
	}
	ruleRekeyRewritten = olx.Rule{
		ID: "rekey.rewritten", Severity: olx.Info,
		Meaning: "Links and references to the archive's own key were rewritten for the key under which it was imported.",
		Fix:     "nothing needs to be done",
	}
	ruleRekeyForeign = olx.Rule{
		ID: "rekey.foreign_reference", Severity: olx.Warning,
		Meaning: "A block refers to a block of another course. The reference was left as it is; Open edX takes it for a block of the importing course.",
		Fix:     "refer to a block of this course, or remove the reference",
	}
	ruleRekeyMissingAsset = olx.Rule{
		ID: "rekey.missing_asset", Severity: olx.Warning,
		Meaning: "A link to an asset of the archive's own course names a file that is not in the archive. It was left as it is and leads to the old course.",
		Fix:     "add the file to static/ and link to /static/NAME",
	}
	ruleRekeyMissingBlock = olx.Rule{
		ID: "rekey.missing_block", Severity: olx.Warning,
		Meaning: "A link to a block of the archive's own course names a block that is not in the archive. It was left as it is and leads to the old course.",
		Fix:     "link to a block of this course as /jump_to_id/NAME, or remove the link",
	}
	ruleRekeyAbsolute = olx.Rule{
		ID: "rekey.absolute_url", Severity: olx.Info,
		Meaning: "An absolute URL names the archive's own key. It was left as it is and leads to the old course, on whatever server that is.",
		Fix:     "write /static/NAME, /jump_to_id/NAME or /course/PAGE to make the link part of this course",
	}
	ruleRekeyLeft = olx.Rule{
		ID: "rekey.left", Severity: olx.Info,
		Meaning: "The archive's own key stands in a text without being a link or a reference that can be rewritten. It was left as it is.",
		Fix:     "write the new key there if readers should see it",
	}
	ruleRekeyUnreadable = olx.Rule{
		ID: "rekey.unreadable", Severity: olx.Warning,
		Meaning: "A text that names the archive's own key is not UTF-8 or too large. Nothing in it was rewritten.",
		Fix:     "save the file as UTF-8 and import again",
	}
	ruleRekeyCollision = olx.Rule{
		ID: "rekey.collision", Severity: olx.Warning,
		Meaning: "The archive held a file at a place that belongs to the new run. It was moved, because it would have become part of the course.",
		Fix:     "remove the file, or rename its folder to the run of course.xml if it should be part of the course",
	}
)

// rekeyRules lists the rules of this file.
func rekeyRules() []olx.Rule {
	return []olx.Rule{
		ruleRekeyTarget, ruleRekeyRoot, ruleRekeyRewritten, ruleRekeyForeign, ruleRekeyMissingAsset,
		ruleRekeyMissingBlock, ruleRekeyAbsolute, ruleRekeyLeft, ruleRekeyUnreadable, ruleRekeyCollision,
	}
}
