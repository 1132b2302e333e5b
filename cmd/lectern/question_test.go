package main

import (
	"errors"
	"testing"

	"lectern/courses/answer"
)

func TestMarkupIsShownAsText(t *testing.T) {
	for _, c := range []struct{ name, markup, want string }{
		{"running text is one line", "<p>One\n  <b>two</b>three, <i>four</i></p>", "One twothree, four"},
		{"paragraphs and lists are lines", "<p>One</p><ul><li>a</li><li>b</li></ul>two<br/>three", "One\n- a\n- b\ntwo\nthree"},
		{"pictures say what they show", `<p>See <img src="/static/a.png" alt="a map"/> or <img src="/static/b.png"/></p>`, "See [picture: a map] or [picture: /static/b.png]"},
		{"entities are characters", "1 &lt; 2 &amp;&nbsp;3", "1 < 2 &\u00a03"},
		{"what is no markup ends there", "<p>One</p><", "One"},
		{"nothing", "", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := plainText(c.markup); got != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}

func TestAFaultInAnAnswerHasItsPlace(t *testing.T) {
	for text, want := range map[string]string{
		"{\n \"é\": oops}": ", line 2, column 7", "[1]": ", line 1, column 1", "": ", line 1, column 1", `{"a": 1} x`: ", line 1, column 10",
	} {
		_, err := answer.ParseResponse([]byte(text))
		if got := jsonPlace([]byte(text), err); err == nil || got != want {
			t.Errorf("%q: %q, want %q (%v)", text, got, want, err)
		}
	}
	if got := jsonPlace(nil, errors.New("other")); got != "" {
		t.Errorf("another error has the place %q", got)
	}
}

func TestATableHasNoFormulas(t *testing.T) {
	for text, want := range map[string]string{
		"=1+1": "'=1+1", "+1": "'+1", "-1": "'-1", "@x": "'@x", "\tx": "'\tx", "\rx": "'\rx", "anna": "anna", "": "", "a=b": "a=b",
	} {
		if got := noFormula(text); got != want {
			t.Errorf("%q is written as %q, want %q", text, got, want)
		}
	}
}
