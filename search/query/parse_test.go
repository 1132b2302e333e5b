package query_test

import (
	"slices"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"lectern/search/query"
)

func TestParse(t *testing.T) {
	words := func(w ...string) query.Query { return query.Query{Words: w} }
	phrases := func(p ...string) query.Query { return query.Query{Phrases: p} }
	not := func(w ...string) query.Query { return query.Query{Not: query.Unwanted{Words: w}} }
	filters := func(f ...query.Filter) query.Query { return query.Query{Filters: f} }
	tests := []struct {
		name, text string
		want       query.Query
		notes      []query.Note
	}{
		{"nothing is no query", "", query.Query{}, nil},
		{"blanks are no query", " \t\n\u3000", query.Query{}, nil},
		{"words are folded", "  Loops and\tＬＩＳＴＳ ", words("loops", "and", "lists"), nil},
		{"a word typed twice counts twice, for phrases have such", "new york new york", words("new", "york", "new", "york"), nil},
		{"punctuation between words is no word", "loops - an (introduction) & more …", words("loops", "an", "introduction", "more"), nil},
		{"punctuation around words is left out", "(What is f(x), ‘really’?) ¿Qué? .net c# [a] b)]. 什么？", words("what", "is", "f(x)", "really", "qué", ".net", "c#", "a", "b", "什么"), nil},
		{"words keep what their own spelling has", "c++ don't e-mail x=1 3.14 a/b", words("c++", "don't", "e-mail", "x=1", "3.14", "a/b"), nil},
		{"nothing but signs cannot be searched for", "?! → 😀", query.Query{}, []query.Note{"There is nothing in this text that can be searched for: no letter and no number."}},

		{"quotation marks make a phrase", `"Open Source" software`, query.Query{Words: []string{"software"}, Phrases: []string{"open source"}}, nil},
		{"a phrase of one word is a phrase", `"loops"`, phrases("loops"), nil},
		{"blanks inside a phrase are one", "\" open \t source \"", phrases("open source"), nil},
		{"an empty phrase is nothing", `"" loops " "`, words("loops"), nil},
		{"a quotation mark ends a word", `rock"roll music"pop`, query.Query{Words: []string{"rock", "pop"}, Phrases: []string{"roll music"}}, nil},
		{"quotation marks of phones and word processors", `“open source” „freie Software“ «logiciel libre» »fri software« 「数学 入門」`,
			phrases("open source", "freie software", "logiciel libre", "fri software", "数学 入門"), nil},
		{"fields and minus signs in a phrase are words", `"type:problem -x"`, phrases("type:problem -x"), nil},
		{"a backslash keeps a quotation mark in a phrase", `"a \"b\" c:\\d \frac"`, phrases(`a "b" c:\d \frac`), nil},
		{"a quotation mark that is not closed is passed over", `5" disk -x`, query.Query{Words: []string{"5", "disk"}, Not: query.Unwanted{Words: []string{"x"}}},
			[]query.Note{"A quotation mark is not closed; what follows it was read as single words."}},
		{"forms of quotation marks for columns and of half the width", `﹁数学 入門﹂ ｢数学 史｣ ﹃文学 入門﹄`, phrases("数学 入門", "数学 史", "文学 入門"), nil},
		{"many of them are noted once", `«a «b 「c`, words("a", "b", "c"),
			[]query.Note{"A quotation mark is not closed; what follows it was read as single words."}},

		{"a minus sign excludes a word", "loops -python", query.Query{Words: []string{"loops"}, Not: query.Unwanted{Words: []string{"python"}}}, nil},
		{"a minus sign excludes a phrase", `-"open source"`, query.Query{Not: query.Unwanted{Phrases: []string{"open source"}}}, nil},
		{"other minus signs exclude, too", "−a －b", not("a", "b"), nil},
		{"two minus signs are those of a program's option", "git --force", words("git", "--force"), nil},
		{"a minus sign inside a word is part of it", "e-mail", words("e-mail"), nil},
		{"a minus sign alone is punctuation", "a - b -", words("a", "b"), nil},
		{"a minus sign before an open quotation excludes the next word", `-"a b`, query.Query{Words: []string{"b"}, Not: query.Unwanted{Words: []string{"a"}}},
			[]query.Note{"A quotation mark is not closed; what follows it was read as single words."}},
		{"a backslash makes a word of anything", `\-5 \type:problem \\frac \lambda`, words("-5", "type:problem", `\frac`, "lambda"), nil},

		{"a field", "type:problem", filters(query.Filter{Field: query.Type, Value: "problem"}), nil},
		{"a field is known in capitals and wide letters", "TYPE:Problem ｌａｎｇ：en",
			filters(query.Filter{Field: query.Lang, Value: "en"}, query.Filter{Field: query.Type, Value: "problem"}), nil},
		{"an excluded field", "-type:problem loops", query.Query{Words: []string{"loops"}, Filters: []query.Filter{{Field: query.Type, Value: "problem", Not: true}}}, nil},
		{"people's names for types", "type:Text type:quizzes type:unit",
			filters(query.Filter{Field: query.Type, Value: "html"}, query.Filter{Field: query.Type, Value: "problem"}, query.Filter{Field: query.Type, Value: "vertical"}), nil},
		{"a type nobody knows is taken as it is", "type:crossword", filters(query.Filter{Field: query.Type, Value: "crossword"}), nil},
		{"a type that looks mistyped is noted", "type:vidoe", filters(query.Filter{Field: query.Type, Value: "vidoe"}),
			[]query.Note{"No usual type of block is called vidoe. Did you mean type:video?"}},
		{"languages by name and code", "lang:German lang:Français lang:PT_br",
			filters(query.Filter{Field: query.Lang, Value: "de"}, query.Filter{Field: query.Lang, Value: "fr"}, query.Filter{Field: query.Lang, Value: "pt-br"}), nil},
		{"a whole course key", "course:course-v1:OpenedX+DemoX+Demo", filters(query.Filter{Field: query.Course, Value: "course-v1:OpenedX+DemoX+Demo"}), nil},
		{"a part of a course key", "course:CS50", filters(query.Filter{Field: query.Course, Value: "CS50"}), nil},
		{"a usage key, pasted with a mark of direction", "in:\u200eblock-v1:A+B+C+type@chapter+block@Week_1",
			filters(query.Filter{Field: query.In, Value: "block-v1:A+B+C+type@chapter+block@Week_1"}), nil},
		{"a quoted value", `tag:"Skills > Writing" org:"My Org"`,
			filters(query.Filter{Field: query.Org, Value: "My Org"}, query.Filter{Field: query.Tag, Value: "Skills > Writing"}), nil},
		{"a tag is kept as it is", "tag:\"Java™ \u200d\\\"½\\\"\"", filters(query.Filter{Field: query.Tag, Value: "Java™ \u200d\"½\""}), nil},
		{"a value typed twice is one", "org:B org:A org:B", filters(query.Filter{Field: query.Org, Value: "A"}, query.Filter{Field: query.Org, Value: "B"}), nil},
		{"a quoted value that is not closed goes on to the end", `tag:"Skills > Writing`, filters(query.Filter{Field: query.Tag, Value: "Skills > Writing"}),
			[]query.Note{"A quotation mark is not closed; all that follows it was read as the value of tag:."}},
		{"a field without a value is a word", "type: problem", words("type", "problem"),
			[]query.Note{"type: needs a value right behind the colon, such as type:problem; it was read as a word."}},
		{"an empty quoted value is none", `-type:"" a`, query.Query{Words: []string{"a"}, Not: query.Unwanted{Words: []string{"type"}}},
			[]query.Note{"type: needs a value right behind the colon, such as type:problem; it was read as a word."}},
		{"a mistyped field", "typ:problem", words("typ:problem"),
			[]query.Note{"There is no field typ:, so it was searched for as a word. Did you mean type:?"}},
		{"another name of a field", "language:en", words("language:en"),
			[]query.Note{"There is no field language:, so it was searched for as a word. Did you mean lang:?"}},
		{"a field there is not", "author:mill", words("author:mill"),
			[]query.Note{"There is no field author:, so it was searched for as a word. The fields are type:, course:, lang:, org:, tag: and in:."}},
		{"times, addresses and names of programs are no fields", "12:30 http://a.org std::vector x:1 end:", words("12:30", "http://a.org", "std::vector", "x:1", "end"), nil},

		{"what cannot be seen is left out", "lo\u200bops \u202eabc\u202c so\u00adft \ufeff-x", query.Query{Words: []string{"loops", "abc", "soft"}, Not: query.Unwanted{Words: []string{"x"}}}, nil},
		{"control characters are blanks", "a\x00b", words("a", "b"), nil},
		{"broken UTF-8 is a blank", "a\xffb", words("a", "b"), nil},
		{"accents are composed", "cafe\u0301", words("caf\u00e9"), nil},
		{"Greek capitals end in a final sigma", "ΟΔΟΣ ΣΑΣ", words("οδος", "σας"), nil},
		{"scripts without blanks are one word", "机器学习 机器", words("机器学习", "机器"), nil},
		{"html and queries of other programs are text", `<b>x</b> title:/.*/ a^2 (a OR b) *`, words("<b>x</b>", "title:/.*/", "a^2", "a", "or", "b"), nil},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			got, notes := query.Parse(test.text)
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("query (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(test.notes, notes); diff != "" {
				t.Errorf("notes (-want +got):\n%s", diff)
			}
			checkQuery(t, got)
		})
	}
}

func TestParseCutsWhatIsTooMuch(t *testing.T) {
	tests := []struct {
		name, text string
		want       string // canonical
		note       query.Note
	}{
		{"words behind the sixteenth", strings.Repeat("a ", 17), strings.TrimSpace(strings.Repeat("a ", 16)), "Only the first 16 words were searched for."},
		{"words of a phrase behind the sixteenth", `b "` + strings.Repeat("a ", 17) + `"`, `b "` + strings.TrimSpace(strings.Repeat("a ", 15)) + `"`, "Only the first 16 words were searched for."},
		{"words across the two hundredth character", strings.Repeat("é", 150) + " " + strings.Repeat("b", 51) + " c", strings.Repeat("é", 150), "Only the first 200 characters were searched for."},
		{"the end of a first word that is longer than everything", strings.Repeat("学", 250) + " 学", strings.Repeat("学", 200), "Only the first 200 characters were searched for."},
		{"no accent from its letter", strings.Repeat("e", 199) + "q\u0303\u0303", strings.Repeat("e", 199), "Only the first 200 characters were searched for."},
		{"a phrase of one word that does not fit", strings.Repeat("a", 150) + ` "` + strings.Repeat("b", 60) + `"`, strings.Repeat("a", 150), "Only the first 200 characters were searched for."},
		{"values that are longer than any key", "org:" + strings.Repeat("a", 1025) + " b", "b", "The value of org: is longer than 1024 bytes and was left out."},
		{"the thirty-third value", "tag:" + strings.Join(strings.Split("0123456789abcdefghijklmnopqrstuvwxyz", ""), " tag:"),
			"tag:" + strings.Join(strings.Split("0123456789abcdefghijklmnopqrstuv", ""), " tag:"), "Only 32 fields with their values can be asked for at once; the others were left out."},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			got, notes := query.Parse(test.text)
			if got.String() != test.want {
				t.Errorf("got %q, want %q", got, test.want)
			}
			if !slices.Equal(notes, []query.Note{test.note}) {
				t.Errorf("notes %q, want %q", notes, test.note)
			}
			checkQuery(t, got)
		})
	}
}

// checkQuery tells what holds for every query.
func checkQuery(t interface{ Errorf(string, ...any) }, q query.Query) {
	again, notes := query.Parse(q.String())
	if diff := cmp.Diff(q, again); diff != "" {
		t.Errorf("%q is read as another query (-first +again):\n%s", q, diff)
	}
	if again.String() != q.String() {
		t.Errorf("canonical form %q has another one, %q", q, again)
	}
	for _, n := range notes {
		if strings.HasPrefix(string(n), "Only the first") || strings.Contains(string(n), "left out") || strings.Contains(string(n), "quotation mark") {
			t.Errorf("canonical form %q is not understood: %s", q, n)
		}
	}
	texts := slices.Concat(q.Words, q.Phrases, q.Not.Words, q.Not.Phrases)
	characters, words := 0, 0
	for _, text := range texts {
		if !utf8.ValidString(text) || query.Fold(text) != text || strings.TrimSpace(text) == "" {
			t.Errorf("%q is not folded", text)
		}
		words += len(strings.Fields(text))
		characters += utf8.RuneCountInString(strings.ReplaceAll(text, " ", ""))
	}
	if words > query.MaxWords || characters > query.MaxCharacters || len(q.Filters) > query.MaxFilters {
		t.Errorf("%d words of %d characters, %d filters: beyond the limits", words, characters, len(q.Filters))
	}
	for _, f := range q.Filters {
		if f.Value == "" || len(f.Value) > query.MaxValue || !utf8.ValidString(f.Value) {
			t.Errorf("value %q of %s:", f.Value, f.Field)
		}
	}
}

// typed draws texts that have much of what means something in queries.
var typed = rapid.Custom(func(t *rapid.T) string {
	piece := rapid.OneOf(
		rapid.SampledFrom([]string{`"`, `"`, "“", "”", "«", "»", "＂", `\`, "＼", "-", "－", ":", "：", "⩴", " ", " ", "\u3000", "\u200b", "\u00a8", "\u0301", "Σ", "ΐ", "İ", "™",
			"type:", "tag:", "in:", "course:", "lang:", "org:", "typ:", "block-v1:A+B+C", "problem", "quiz", "学", "ﬁ", "\xff", "\x00", "👩‍🚀", "🇩🇪"}),
		rapid.String(),
		rapid.StringMatching(`[a-z]{1,12}`),
	)
	return strings.Join(rapid.SliceOfN(piece, 0, 40).Draw(t, "pieces"), "")
})

func TestEveryCharacterThatFoldingChangesIsReadAgainFromTheCanonicalForm(t *testing.T) {
	for r := rune(0); r <= unicode.MaxRune; r++ {
		if query.Fold(string(r)) == string(r) {
			continue
		}
		first, _ := query.Parse("a" + string(r) + "b c")
		if again, _ := query.Parse(first.String()); !cmp.Equal(first, again) {
			t.Errorf("%q: %q is read as %q", r, first, again)
		}
	}
}

func TestEveryQueryIsReadAgainFromItsCanonicalForm(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		q, _ := query.Parse(typed.Draw(t, "text"))
		field := rapid.SampledFrom([]query.Field{query.Type, query.Course, query.Lang, query.Org, query.Tag, query.In}).Draw(t, "field")
		f, _ := query.NewFilter(field, typed.Draw(t, "value"))
		f.Not = rapid.Bool().Draw(t, "not")
		checkQuery(t, q)
		checkQuery(t, q.With(f))
		if f.Value != "" && slices.Contains(q.With(f).Without(f).Filters, f) {
			t.Errorf("%v is still there", f)
		}
	})
}

func FuzzParse(f *testing.F) {
	for _, seed := range []string{"", `a "b c" -d type:text -tag:"x \" y"`, `"`, `-"`, `tag:"`, `\`, `\\-`, "⩴ type⩴problem", "－－x", "“a", "\u200b\\x", "＼x ＂y z＂"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		q, _ := query.Parse(text)
		checkQuery(t, q)
	})
}

func TestFoldChangesNothingTheSecondTime(t *testing.T) {
	for r := rune(0); r <= unicode.MaxRune; r++ {
		if unicode.Is(unicode.Lo, r) && unicode.Is(unicode.Han, r) || !unicode.IsGraphic(r) && !unicode.In(r, unicode.Cc, unicode.Cf) {
			continue // tens of thousands of signs without case, and what is no character
		}
		once := query.Fold(string(r))
		if twice := query.Fold(once); twice != once {
			t.Errorf("%U: %q, then %q", r, once, twice)
		}
		if strings.ContainsAny(once, "\u200b\u200e\u202e\ufeff\u00ad") {
			t.Errorf("%U: %q can not be seen", r, once)
		}
	}
}

func TestLongAndHostileTextsAreReadInTimeThatGrowsWithTheirLength(t *testing.T) {
	for _, piece := range []string{`"`, "«", `«a\"`, "xx:y ", "aa:b", "tag:a ", `\`, "-", "a ", "\u0301", "🇩", "“ "} {
		q, notes := query.Parse(strings.Repeat(piece, 1<<17/len(piece)))
		checkQuery(t, q)
		if len(notes) > 8 {
			t.Errorf("%q: %d notes", piece, len(notes))
		}
	}
}

func TestQueryWith(t *testing.T) {
	q, _ := query.Parse("loops type:html")
	problem, _ := query.NewFilter(query.Type, "quiz")
	if got := q.With(problem).With(problem).String(); got != "loops type:html type:problem" {
		t.Errorf("with two types: %s", got)
	}
	if got := q.With(query.Filter{Field: query.Org}); got.String() != q.String() {
		t.Errorf("a filter without value changed it to %s", got)
	}
	if got := q.String(); got != "loops type:html" {
		t.Errorf("the query itself became %s", got)
	}
	if nothing, note := query.NewFilter("author", "Mill"); nothing != (query.Filter{}) || note != "" {
		t.Errorf("a field there is not: %v %s", nothing, note)
	}
	wanted, unwanted := q.With(query.Filter{Field: query.Type, Value: "video", Not: true}).Values(query.Type)
	if !slices.Equal(wanted, []string{"html"}) || !slices.Equal(unwanted, []string{"video"}) {
		t.Errorf("values %v, not %v", wanted, unwanted)
	}
}
