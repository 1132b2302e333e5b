package query_test

import (
	"html"
	"regexp"
	"strings"
	"testing"
	"time"
	"unicode"
	"unicode/utf8"

	"pgregory.net/rapid"

	"lectern/search/query"
)

// exact cuts a text into runs of letters and numbers, and scripts without blanks into single characters.
func exact(text string) []query.Token {
	var tokens []query.Token
	start := -1
	emit := func(from, to int) {
		tokens = append(tokens, query.Token{Term: query.Fold(text[from:to]), Start: from, End: to, Position: len(tokens) + 1})
	}
	for i, r := range text + " " {
		inWord := unicode.IsLetter(r) || unicode.IsNumber(r) || unicode.IsMark(r)
		alone := unicode.Is(unicode.Han, r)
		if start >= 0 && (!inWord || alone) {
			emit(start, i)
			start = -1
		}
		switch {
		case alone:
			emit(i, i+utf8.RuneLen(r))
		case inWord && start < 0:
			start = i
		}
	}
	return tokens
}

// stemmed cuts as the index does with stems: English endings off, stop words left out, Chinese in pairs.
func stemmed(text string) []query.Token {
	var tokens []query.Token
	all := exact(text)
	for i, token := range all {
		isHan := func(t query.Token) bool { r, _ := utf8.DecodeRuneInString(t.Term); return unicode.Is(unicode.Han, r) }
		follows := func(a, b query.Token) bool { return isHan(a) && isHan(b) && a.End == b.Start }
		switch {
		case token.Term == "the" || token.Term == "of":
			continue
		case i+1 < len(all) && follows(token, all[i+1]):
			token.Term, token.End = token.Term+all[i+1].Term, all[i+1].End
		case i > 0 && follows(all[i-1], token):
			continue
		default:
			token.Term = strings.TrimSuffix(strings.TrimSuffix(token.Term, "s"), "ing")
		}
		tokens = append(tokens, token)
	}
	return tokens
}

var analysers = query.Analysers{Words: stemmed, Exact: exact, Alike: true}

func matcher(text string) query.Matcher {
	q, _ := query.Parse(text)
	return analysers.Matcher(q, nil, false)
}

func TestMark(t *testing.T) {
	tests := []struct{ name, query, text, want string }{
		{"a word by its stem", "loop", "Loops and looping", "<mark>Loops</mark> and <mark>looping</mark>"},
		{"words apart are marked apart", "loops lists", "Loops lists", "<mark>Loops</mark> <mark>lists</mark>"},
		{"a phrase only word by word", `"while loops"`, "While loops, while loop, loops while", "<mark>While loops</mark>, while loop, loops while"},
		{"a phrase with stop words", `"state of the art"`, "The State of the Art of art", "The <mark>State of the Art</mark> of art"},
		{"a word inside a phrase is marked once", `loops "while loops"`, "while loops", "<mark>while loops</mark>"},
		{"phrases that overlap", `"a b" "b c"`, "a b c", "<mark>a b c</mark>"},
		{"stop words are left alone beside others", "the loops", "The loops", "The <mark>loops</mark>"},
		{"stop words count if there is nothing else", "the", "The loops", "<mark>The</mark> loops"},
		{"Chinese words in pairs become one mark", "机器学习", "什么是机器学习?", "什么是<mark>机器学习</mark>?"},
		{"marks that touch are one", "机器学习", "学习机器", "<mark>学习机器</mark>"},
		{"a single Chinese character", "学", "机器学习", "机器<mark>学</mark>习"},
		{"what is not wanted is not marked", "loops -lists", "loops lists", "<mark>loops</mark> lists"},
		{"fields are not marked", "type:problem loops", "problem loops", "problem <mark>loops</mark>"},
		{"Arabic", "علم", "علم الأحياء", "<mark>علم</mark> الأحياء"},
		{"accents written on their own stay with their letter", "cafe\u0301", "Cafe\u0301!", "<mark>Cafe\u0301</mark>!"},
		{"html is text", `script b`, `<script>alert("b")</script> & 'b'`, "&lt;<mark>script</mark>&gt;alert(&#34;<mark>b</mark>&#34;)&lt;/<mark>script</mark>&gt; &amp; &#39;<mark>b</mark>&#39;"},
		{"marks in the text are text, too", "mark", "<mark>x</mark>", "&lt;<mark>mark</mark>&gt;x&lt;/<mark>mark</mark>&gt;"},
		{"lines become blanks", "b", "a\nb\x00c", "a <mark>b</mark> c"},
		{"broken UTF-8 is replaced", "b", "a\xff b", "a\uFFFD <mark>b</mark>"},
		{"a formula is marked as a whole", "alpha", `so \(\alpha+1\) is`, `so <mark>\(\alpha+1\)</mark> is`},
		{"nothing found, nothing marked", "x", "a & b", "a &amp; b"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			got := query.Mark(test.text, matcher(test.query))
			if got != test.want {
				t.Errorf("got  %s\nwant %s", got, test.want)
			}
		})
	}
}

func TestMarkFindsTyposAndAlternatives(t *testing.T) {
	q, _ := query.Parse("machine lerning ai cat")
	find := analysers.Matcher(q, []query.Alternative{{First: 2, Last: 3, Text: "artificial intelligence"}}, true)
	got := query.Mark("Machien learning, Artificial intelligence, AI, cut, burning", find)
	want := "<mark>Machien</mark> <mark>learning</mark>, <mark>Artificial intelligence</mark>, <mark>AI</mark>, cut, burning"
	if got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

func TestStemsWithoutPlacesOfTheirOwnAreFoundExactly(t *testing.T) {
	pairs := func(text string) []query.Token { // as the index cuts Thai
		var tokens []query.Token
		letters := []rune(text)
		for i := range len(letters) - 1 {
			tokens = append(tokens, query.Token{Term: string(letters[i : i+2]), Start: 0, End: len(text), Position: 1})
		}
		return tokens
	}
	letters := func(text string) []query.Token {
		var tokens []query.Token
		for i, r := range text {
			tokens = append(tokens, query.Token{Term: string(r), Start: i, End: i + utf8.RuneLen(r), Position: len(tokens) + 1})
		}
		return tokens
	}
	find := query.Analysers{Words: pairs, Exact: letters}.Matcher(query.Query{Words: []string{"ภาษา"}}, nil, false)
	if got, want := query.Mark("เรียนภาษาไทย", find), "เรียน<mark>ภาษา</mark>ไทย"; got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

func TestWordsBesideALeftOutOneAreNotSideBySide(t *testing.T) {
	gaps := func(text string) []query.Token {
		var tokens []query.Token
		for _, token := range exact(text) {
			if token.Term != "very" {
				tokens = append(tokens, token)
			}
		}
		return tokens
	}
	q, _ := query.Parse(`"long loops"`)
	got := query.Mark("long very loops, long loops", query.Analysers{Words: gaps, Exact: gaps}.Matcher(q, nil, false))
	if want := "long very loops, <mark>long loops</mark>"; got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

func TestSnippet(t *testing.T) {
	filler := strings.Repeat("Nothing of interest stands here. ", 20)
	long := strings.Repeat("word ", 100)
	tests := []struct {
		name, query, text string
		width             int
		want              string
		at                string // the text that the offset points at
	}{
		{"a short text is whole", "loops", "All about loops.", 200, "All about <mark>loops</mark>.", "loops."},
		{"without a match it is the beginning", "x", "First sentence is here. " + filler, 40, "First sentence is here. Nothing of …", ""},
		{"the piece with most of what was asked for", "loops lists", "Loops. " + filler + "Loops and lists. " + filler, 60, "<mark>Loops</mark> and <mark>lists</mark>. Nothing of interest stands here.", "Loops and"},
		{"of equal pieces the closest together", "loops lists", "Loops or else lists. " + filler + "Loops, lists. " + filler, 24, "<mark>Loops</mark>, <mark>lists</mark>. Nothing …", "Loops, lists"},
		{"of equal pieces the first", "loops", filler + "Loops one. " + filler + "Loops two.", 20, "<mark>Loops</mark> one. Nothing …", "Loops one"},
		{"one word often is less than two words once", "loops lists", "Loops loops loops loops. " + filler + "Lists and loops.", 30, "<mark>Lists</mark> and <mark>loops</mark>.", "Lists"},
		{"it begins and ends with lines", "loops", long + "\nAll about loops\nand lists\n" + long, 30, "All about <mark>loops</mark> and lists", "loops\n"},
		{"it begins and ends with words", "loops", long + "loops " + long, 40, "… word word <mark>loops</mark> word word word word …", "loops word"},
		{"at the end of a text there is more before", "loops", long + "loops", 40, "… word word word word word word word <mark>loops</mark>", "loops"},
		{"across lines", `"all about"`, long + "\nThis is all\nabout loops.\n" + long, 28, "This is <mark>all about</mark> loops.", "all\nabout"},
		{"Chinese sentences", "学习", strings.Repeat("这里没有什么。", 10) + "我们学习数学。" + strings.Repeat("这里没有什么。", 10), 45, "我们<mark>学习</mark>数学。这里没有什么。", "学习数"},
		{"a word without end is cut between characters", "loops", strings.Repeat("e\u0301", 200) + " loops " + strings.Repeat("👩‍🚀", 100), 200, "… " + strings.Repeat("e\u0301", 21) + " <mark>loops</mark> " + strings.Repeat("👩‍🚀", 11) + " …", "loops"},
		{"flags are not cut", "loops", "loops " + strings.Repeat("🇩🇪", 100), 100, "<mark>loops</mark> " + strings.Repeat("🇩🇪", 11) + " …", "loops"},
		{"a formula before it is not cut", "loops", long + `so \(a b c d e f\) loops ` + long, 30, "… <mark>loops</mark> word word word word …", "loops"},
		{"a formula behind it is not cut", "loops", "loops " + `are $$a b c d e f g h$$ here ` + long, 25, "<mark>loops</mark> are …", "loops"},
		{"a formula with a match is whole", "alpha", long + `so \[ x = \frac{\alpha}{2} \] loops ` + long, 40, `… so <mark>\[ x = \frac{\alpha}{2} \]</mark> loops …`, `\[ x`},
		{"a delimiter alone is text", "loops", long + `costs $$ 5 and \( loops ` + long, 40, `… 5 and \( <mark>loops</mark> word word word word word …`, "loops"},
		{"a phrase longer than the piece is whole", `"nothing of interest stands"`, filler, 10, "<mark>Nothing of interest stands</mark> …", "Nothing"},
		{"nothing from nothing", "loops", "", 200, "", ""},
		{"blanks alone are nothing", "loops", " \n ", 200, "", ""},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			got, offset := query.Snippet(test.text, matcher(test.query), test.width)
			if got != test.want {
				t.Errorf("got  %s\nwant %s", got, test.want)
			}
			if test.at == "" && offset != -1 || test.at != "" && (offset < 0 || !strings.HasPrefix(test.text[offset:], test.at)) {
				t.Errorf("offset %d is not at %q", offset, test.at)
			}
		})
	}
}

var tags = regexp.MustCompile(`<[^>]*>`)

// checkHTML tells what holds for all html we give for a text: only marks, opened and closed in turn, around pieces of the text.
func checkHTML(t interface{ Errorf(string, ...any) }, text, snippet string) {
	if !utf8.ValidString(snippet) {
		t.Errorf("%q is not UTF-8", snippet)
	}
	for i, tag := range tags.FindAllString(snippet, -1) {
		if want := []string{"<mark>", "</mark>"}[i%2]; tag != want {
			t.Errorf("tag %d of %q is %s", i, snippet, tag)
		}
	}
	if strings.Count(snippet, "<mark>") != strings.Count(snippet, "</mark>") {
		t.Errorf("%q: a mark is not closed", snippet)
	}
	blanks := func(s string) string {
		return strings.Map(func(r rune) rune {
			if unicode.IsSpace(r) || unicode.IsControl(r) {
				return ' '
			}
			return r
		}, s)
	}
	plain := html.UnescapeString(tags.ReplaceAllString(snippet, ""))
	inside := strings.TrimSuffix(strings.TrimPrefix(plain, "… "), " …")
	if whole := blanks(text); !strings.Contains(whole, plain) && !strings.Contains(whole, inside) && !strings.Contains(whole, strings.TrimPrefix(plain, "… ")) && !strings.Contains(whole, strings.TrimSuffix(plain, " …")) {
		t.Errorf("%q is no piece of %q", plain, whole)
	}
}

func TestSnippetsAreWellFormedPiecesOfTheirText(t *testing.T) {
	piece := rapid.OneOf(
		rapid.SampledFrom([]string{"loops", "Lists", "数学", "e\u0301", "👩‍🚀", "🇩🇪🇫🇷", " ", ". ", "\n", "。", `\(`, `\)`, "$$", "<b>", "&amp;", "<mark>", "क्षि", "\xff", "\u202e"}),
		rapid.String(),
		rapid.StringMatching(`[a-z ]{1,30}`),
	)
	rapid.Check(t, func(t *rapid.T) {
		text := strings.Join(rapid.SliceOfN(piece, 0, 60).Draw(t, "pieces"), "")
		width := rapid.IntRange(0, 250).Draw(t, "width")
		matches := rapid.SliceOfN(rapid.Custom(func(t *rapid.T) query.Match {
			start := rapid.IntRange(-1, len(text)+1).Draw(t, "start")
			return query.Match{Start: start, End: start + rapid.IntRange(0, 12).Draw(t, "length"), Term: rapid.IntRange(0, 3).Draw(t, "term")}
		}), 0, 12).Draw(t, "matches")
		find := query.Matcher{Find: func(string) []query.Match { return matches }, Terms: rapid.IntRange(0, 4).Draw(t, "terms")}
		words := rapid.Bool().Draw(t, "words")
		if words {
			find = matcher("loops lists 数学 \"loops lists\"")
		}
		snippet, offset := query.Snippet(text, find, width)
		checkHTML(t, text, snippet)
		checkHTML(t, text, query.Mark(text, find))
		if words && offset >= 0 && !strings.Contains(snippet, "<mark>") {
			t.Errorf("%q marks nothing of %q", snippet, text)
		}
		if offset < -1 || offset > len(text) {
			t.Errorf("offset %d", offset)
		}
	})
}

func TestSnippetHasAsManyOfTheWordsAsAnyPieceOfItsWidth(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		words := rapid.SliceOfN(rapid.SampledFrom([]string{"a", "b", "c", "x", "x", "x", "x", "x"}), 0, 80).Draw(t, "words")
		text := strings.Repeat("x ", rapid.SampledFrom([]int{0, 0, 1900, 2100, 9000}).Draw(t, "before")) + strings.Join(words, " ")
		text += strings.Repeat(" x", rapid.SampledFrom([]int{0, 0, 3000}).Draw(t, "after"))
		width := rapid.IntRange(1, 30).Draw(t, "width")
		most := 0
		for from := 0; from < len(text); from += 2 {
			piece := text[from:min(len(text), from+width)]
			n := 0
			for _, word := range []string{"a", "b", "c"} {
				if strings.Contains(piece, word) {
					n++
				}
			}
			most = max(most, n)
		}
		snippet, _ := query.Snippet(text, matcher("a b c"), width)
		n := 0
		for _, word := range []string{"a", "b", "c"} {
			if strings.Contains(snippet, "<mark>"+word+"</mark>") {
				n++
			}
		}
		if n < most {
			t.Errorf("%d words in %q of %d bytes, %d are possible in %q", n, snippet, width, most, text)
		}
		if piece := strings.Trim(tags.ReplaceAllString(snippet, ""), "… "); len(piece) > width {
			t.Errorf("%q has %d bytes, not %d", piece, len(piece), width)
		}
	})
}

func TestTheRestOfALongTextIsNotLookedAtWhereItsBeginningHasEverything(t *testing.T) {
	long := strings.Repeat("x ", 50_000)
	for _, test := range []struct {
		name, query, text, want string
		looked                  int // at most
	}{
		{"all in the beginning", "loops lists", "loops and lists " + long, "<mark>loops</mark> and <mark>lists</mark> x x", 4 << 10},
		{"too near to the end of what is looked at", "loops", long[:4000] + "loops " + long, "x x <mark>loops</mark> x x", 20 << 10},
		{"all later on", "loops lists", "loops " + long + "loops and lists", "x x <mark>loops</mark> and <mark>lists</mark>", 250 << 10},
		{"never all", "loops lists", "loops " + long, "<mark>loops</mark> x x", 250 << 10},
	} {
		t.Run(test.name, func(t *testing.T) {
			looked, find := 0, matcher(test.query)
			all := find.Find
			find.Find = func(text string) []query.Match {
				looked += len(text)
				return all(text)
			}
			if got, _ := query.Snippet(test.text, find, 60); !strings.Contains(got, test.want) {
				t.Errorf("got %q, which has no %q", got, test.want)
			}
			if looked > test.looked {
				t.Errorf("looked at %d bytes", looked)
			}
		})
	}
}

func TestSnippetsOfLongTextsTakeTimeThatGrowsWithTheirLength(t *testing.T) {
	long := 200 << 10
	if testing.Short() {
		long = 20 << 10
	}
	for _, piece := range []string{"loops ", "loops\u0301", "loop", `\(`, "$$", "[mathjax]", "\u0301", "🇩🇪", " ", "\n", "学", "\x80", `\(loops\) `, "a. "} {
		text := strings.Repeat(piece, long/len(piece))
		start := time.Now()
		snippet, _ := query.Snippet(text, matcher(`loops "loops loops loops" 学学学`), 200)
		checkHTML(t, text, snippet)
		if took := time.Since(start); took > 20*time.Second { // some 20 ms, or a second under the race detector; what grows with the square takes minutes
			t.Errorf("%q: %s", piece, took)
		}
	}
}

func FuzzSnippet(f *testing.F) {
	f.Add("While loops, \\(x\\) 数学。<b>", `loops "数学"`, 20)
	f.Add("🇩🇪🇫🇷e\u0301\xff", "e", 1)
	f.Fuzz(func(t *testing.T, text, typed string, width int) {
		snippet, _ := query.Snippet(text, matcher(typed), width%300)
		checkHTML(t, text, snippet)
		checkHTML(t, text, query.Mark(text, matcher(typed)))
	})
}
