package search

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

// saying makes a course in a language that says something in one text.
func saying(number, lang, text string) map[string]string {
	return map[string]string{
		"course.xml": fmt.Sprintf(`<course org="Org" course="%s" url_name="run" %s><chapter url_name="c"><sequential url_name="s"><vertical url_name="v"><html url_name="h%s" filename="h"/>`+
			`</vertical></sequential></chapter></course>`, number, lang, number),
		"html/h.html": "<p>" + text + "</p>",
	}
}

func TestEveryLanguageOfAnIndexIsSearchedInItsOwnWay(t *testing.T) {
	store := newStore(t)
	for number, said := range map[string][2]string{
		"en": {`language="en"`, "Orbitals are clouds of electrons."},
		"fr": {`language="fr"`, "Les portes de la perception; cells divide in the evening."},
		"zh": {`language="zh"`, "植物的光合作用需要阳光。"},
		"ar": {`language="ar"`, "الكتاب مفيد للطلاب"},
		"th": {`language="th"`, "ภาษาไทยไม่มีช่องว่าง"},
		"xx": {``, "Zyxwv qpon."},
	} {
		imported(t, store, files(saying(number, said[0], said[1])), "")
	}
	x := filled(t, store)
	for _, c := range []struct {
		text    string
		want    []string
		relaxed bool
	}{
		{"porte", []string{"hfr"}, false},
		{"cell", []string{"hfr"}, false}, // English in a French course
		{"光", []string{"hzh"}, false},
		{"光合", []string{"hzh"}, false},
		{"光合作用", []string{"hzh"}, false},
		{"كتاب", []string{"har"}, false},
		{"ไทย", []string{"hth"}, false},
		{"zyxwv", []string{"hxx"}, false},
		{"are the orbitals", []string{"hen"}, false},
		{"the orbitils", []string{"hen"}, true}, // the is a word like others in French
		{"zyxwx", []string{"hxx"}, true},
		{"type:html -porte -光 -كتاب -ไทย", []string{"hen", "hxx"}, false},
		{"type:html -cells -orbital lang:fr lang:en", nil, false},
	} {
		r := searched(t, x, Request{Kind: Content, Scope: Scope{Everything: true}}, c.text)
		got := names(r)
		if slices.Sort(got); !slices.Equal(got, c.want) || r.Relaxed != c.relaxed {
			t.Errorf("%s: %v, relaxed %t; want %v, %t", c.text, got, r.Relaxed, c.want, c.relaxed)
		}
	}
}

func TestALanguageThatIsNewToAnIndexIsSearchedInItsOwnWayAtOnce(t *testing.T) {
	store := newStore(t)
	imported(t, store, files(saying("en", `language="en"`, "Orbitals are clouds of electrons.")), "")
	x := filled(t, store)
	horses := func() *Result {
		return searched(t, x, Request{Kind: Content, Scope: Scope{Everything: true}}, "chevaux")
	}
	if r := horses(); r.Total != 0 {
		t.Fatalf("before: %v", names(r))
	}
	c := imported(t, store, files(saying("fr", `language="fr"`, "Un cheval blanc.")), "")
	if _, err := x.Update(t.Context(), c); err != nil {
		t.Fatal(err)
	}
	if r := horses(); r.Total != 1 || r.Relaxed {
		t.Errorf("after: %v, relaxed %t", names(r), r.Relaxed)
	}
}

func TestTyposAreForgivenWhereNoLanguageIsKnown(t *testing.T) {
	store := newStore(t)
	imported(t, store, files(saying("xx", "", "Zyxwv qpon.")), "")
	x := filled(t, store)
	if r := searched(t, x, Request{Kind: Content, Scope: Scope{Everything: true}}, "zyxwx"); !r.Relaxed || r.Total != 1 {
		t.Errorf("relaxed %t, %d found", r.Relaxed, r.Total)
	}
}

// Where no language is indexed by letters, the digits of those that are stand in words of their own only as they were written.
func TestDigitsOfLanguagesWithoutBlanksAreFoundAlone(t *testing.T) {
	store := newStore(t)
	imported(t, store, files(saying("en", `language="en"`, "See room ๒๕๖ and figure A๑๒ there.")), "")
	x := filled(t, store)
	for _, text := range []string{"๒", "๑๒", "๒๕๖"} {
		if r := searched(t, x, Request{Kind: Content, Scope: Scope{Everything: true}}, text); r.Relaxed || r.Total != 1 {
			t.Errorf("%s: relaxed %t, %d found", text, r.Relaxed, r.Total)
		}
	}
}

func TestWordsFarOnInALongTextAreMarkedInEveryLanguage(t *testing.T) {
	tests := []struct{ lang, text, query string }{
		{"en", "Quixotic loops.", "looping"},
		{"nl", "Dit jaar.", "jaren"},
		{"fr", "La directrice.", "directeur"},
		{"fr", "Une addresse.", "adresse"},
		{"de", "Frau Mueller.", "Muller"},
		{"es", "Las luces.", "luz"},
		{"pt", "São bons.", "bom"},
		{"tr", "Onun kabı.", "kap"},
		{"hu", "Nagy busszal.", "busz"},
		{"it", "Le ragazze.", "ragazzi"},
		{"sv", "Alla husen.", "hus"},
		{"da", "Alle husene.", "hus"},
		{"no", "Alle husene.", "hus"},
		{"fi", "Monta taloa.", "talossa"},
		{"ro", "Toate casele.", "casa"},
	}
	store := newStore(t)
	for i, c := range tests {
		imported(t, store, files(saying(fmt.Sprint(i), fmt.Sprintf(`language=%q`, c.lang), strings.Repeat("12 345 ", 1000)+c.text)), "")
	}
	x := filled(t, store)
	for i, c := range tests {
		r := searched(t, x, Request{Kind: Content, Scope: Scope{Everything: true}}, fmt.Sprintf("%s course:course-v1:Org+%d+run", c.query, i))
		if len(r.Hits) != 1 || r.Relaxed || !strings.Contains(r.Hits[0].SnippetHTML, "<mark>") {
			t.Errorf("%s: %s: %d hits, relaxed %t, snippet %q", c.lang, c.query, len(r.Hits), r.Relaxed, snippets(r))
		}
	}
}

func snippets(r *Result) (list []string) {
	for _, h := range r.Hits {
		list = append(list, h.SnippetHTML)
	}
	return list
}
