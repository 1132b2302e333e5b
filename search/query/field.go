package query

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Field is one of those that can be typed before a colon.
type Field string

// The fields.
const (
	Type   Field = "type"   // block type
	Course Field = "course" // key of a course, or its org, number or run
	Lang   Field = "lang"   // language of the text
	Org    Field = "org"
	Tag    Field = "tag"
	In     Field = "in" // usage key of a section, subsection or unit: what is inside it
)

// fields tells how the value of each field is read. In what is not read specially only what cannot be seen is left out; of a tag not even that, for it must be found as it is.
var fields = map[Field]struct {
	example string
	read    func(string) string
}{
	Type:   {"type:problem", blockType},
	Course: {"course:CS50", visible},
	Lang:   {"lang:en", language},
	Org:    {"org:OpenedX", visible},
	Tag:    {`tag:"Skills > Writing"`, func(s string) string { return s }},
	In:     {"in:block-v1:Org+Code+Run+type@chapter+block@week1", visible},
}

// fieldOrder is how fields follow each other in notes.
var fieldOrder = []Field{Type, Course, Lang, Org, Tag, In}

// NewFilter demands a value of a field, as somebody typed it or as a facet gives it. The note says if the value looks like a slip. Without a field that there is, or a value with
// something in it, the filter has no value.
func NewFilter(f Field, value string) (Filter, Note) {
	known, ok := fields[f]
	if !ok {
		return Filter{}, ""
	}
	value = strings.TrimSpace(known.read(strings.ToValidUTF8(value, " ")))
	if f == Type {
		if meant := similarType(value); meant != "" {
			return Filter{Field: f, Value: value}, Note(fmt.Sprintf("No usual type of block is called %s. Did you mean type:%s?", value, meant))
		}
	}
	return Filter{Field: f, Value: value}, ""
}

// sortFilters puts filters into their canonical order, each once.
func sortFilters(filters []Filter) []Filter {
	slices.SortFunc(filters, func(a, b Filter) int {
		not := func(f Filter) int {
			if f.Not {
				return 1
			}
			return 0
		}
		return cmp.Or(cmp.Compare(a.Field, b.Field), cmp.Compare(not(a), not(b)), cmp.Compare(a.Value, b.Value))
	})
	return slices.Compact(filters)
}

// splitField cuts a word at its first colon.
func splitField(word string) (name, value string, ok bool) {
	i := strings.IndexFunc(word, isColon)
	if i < 0 {
		return "", "", false
	}
	_, size := utf8.DecodeRuneInString(word[i:])
	return Fold(word[:i]), word[i+size:], true
}

func fieldNamed(name string) (Field, bool) {
	_, ok := fields[Field(name)]
	return Field(name), ok
}

// looksLikeField tells names of fields from times, addresses and the like that have a colon in them, too.
func looksLikeField(name, value string) bool {
	first, _ := utf8.DecodeRuneInString(value)
	return len(name) >= 2 && value != "" && first != '/' && !isColon(first) && !strings.ContainsFunc(name, func(r rune) bool { return !unicode.IsLetter(r) })
}

// meant tells which field people have in mind who type another name.
var meant = map[string]Field{
	"block": Type, "kind": Type, "content": Type, "class": Course, "key": Course, "run": Course, "language": Lang, "locale": Lang, "organisation": Org, "organization": Org,
	"university": Org, "subject": Tag, "topic": Tag, "label": Tag, "section": In, "subsection": In, "unit": In, "inside": In, "within": In,
}

// unknownField is the note on a name that is none of a field.
func unknownField(name string) string {
	similar, ok := meant[name]
	for _, f := range fieldOrder {
		if !ok && oneEdit(name, string(f)) {
			similar, ok = f, true
		}
	}
	if ok {
		return fmt.Sprintf("There is no field %s:, so it was searched for as a word. Did you mean %s:?", name, similar)
	}
	return fmt.Sprintf("There is no field %s:, so it was searched for as a word. The fields are type:, course:, lang:, org:, tag: and in:.", name)
}

// blockTypes gives for what people call a block the type it has in a course. Types that have no other name are here to be known when one is mistyped.
var blockTypes = map[string]string{
	"html": "html", "text": "html", "reading": "html",
	"problem": "problem", "quiz": "problem", "quizze": "problem", "exercise": "problem", "question": "problem",
	"video": "video", "film": "video", "transcript": "video",
	"chapter": "chapter", "section": "chapter",
	"sequential": "sequential", "subsection": "sequential",
	"vertical": "vertical", "unit": "vertical",
	"course": "course", "about": "about",
	"static_tab": "static_tab", "page": "static_tab", "tab": "static_tab",
	"course_info": "course_info", "update": "course_info", "handout": "course_info",
	"discussion": "discussion", "forum": "discussion",
	"poll": "poll", "survey": "survey", "word_cloud": "word_cloud", "wordcloud": "word_cloud",
	"openassessment": "openassessment", "ora": "openassessment", "essay": "openassessment",
	"drag-and-drop-v2": "drag-and-drop-v2", "drag-and-drop": "drag-and-drop-v2",
	"annotatable": "annotatable", "lti_consumer": "lti_consumer", "lti": "lti_consumer",
	"split_test": "split_test", "library_content": "library_content", "itembank": "itembank", "conditional": "conditional",
}

// blockType gives the type of block that somebody calls by another name, also in the plural.
func blockType(s string) string {
	name := strings.TrimSpace(Fold(s))
	if t, ok := blockTypes[name]; ok {
		return t
	}
	if t, ok := blockTypes[strings.TrimSuffix(name, "s")]; ok {
		return t
	}
	return name
}

// similarType gives the name that an unknown type is a slip of. Other types are taken as they are: courses may have any.
func similarType(t string) string {
	names := make([]string, 0, len(blockTypes))
	for name := range blockTypes {
		if t == blockTypes[name] {
			return ""
		}
		if len(t) >= 4 && oneEdit(t, name) {
			names = append(names, name)
		}
	}
	if len(names) == 0 {
		return ""
	}
	return slices.Min(names)
}

// languages gives the codes of languages that people call by name, in English or as they call themselves.
var languages = map[string]string{
	"arabic": "ar", "العربية": "ar", "chinese": "zh", "中文": "zh", "czech": "cs", "čeština": "cs", "danish": "da", "dansk": "da", "dutch": "nl", "nederlands": "nl",
	"english": "en", "finnish": "fi", "suomi": "fi", "french": "fr", "français": "fr", "german": "de", "deutsch": "de", "greek": "el", "ελληνικά": "el",
	"hebrew": "he", "עברית": "he", "hindi": "hi", "हिन्दी": "hi", "hungarian": "hu", "magyar": "hu", "indonesian": "id", "italian": "it", "italiano": "it",
	"japanese": "ja", "日本語": "ja", "korean": "ko", "한국어": "ko", "norwegian": "no", "norsk": "no", "persian": "fa", "فارسی": "fa", "polish": "pl", "polski": "pl",
	"portuguese": "pt", "português": "pt", "romanian": "ro", "română": "ro", "russian": "ru", "русский": "ru", "spanish": "es", "español": "es",
	"swedish": "sv", "svenska": "sv", "thai": "th", "ไทย": "th", "turkish": "tr", "türkçe": "tr", "ukrainian": "uk", "українська": "uk", "vietnamese": "vi",
}

// language gives the code of a language in lower case: en, pt-br.
func language(s string) string {
	name := strings.TrimSpace(Fold(s))
	if code, ok := languages[name]; ok {
		return code
	}
	return strings.ReplaceAll(name, "_", "-")
}
