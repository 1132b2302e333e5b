package outline

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"lectern/modulestore/field"
)

// bounds are what a course says about how long and where it may be used. OLX has no settings for that; they stand in other_course_settings, which is for what a
// platform adds, under the name of this one: {"lectern": {"weeks_to_complete": 6, "audit_access_ends": true, "embargoed_countries": ["XK"]}}.
type bounds struct {
	weeks     int
	auditEnds bool
	countries []string
}

const boundsSetting = "other_course_settings"

// bounds reads them, and notes what cannot be read.
func (r *reader) bounds() (b bounds) {
	var all struct {
		Lectern json.RawMessage `json:"lectern"`
	}
	var own map[string]json.RawMessage
	if json.Unmarshal([]byte(r.own(boundsSetting).JSON()), &all) != nil || all.Lectern == nil {
		return b // of others, in whatever form they want
	}
	if err := json.Unmarshal(all.Lectern, &own); err != nil {
		r.unreadable("", "write it as an object")
		return b
	}
	known := map[string]struct {
		into  any
		check func() string
	}{
		"weeks_to_complete":   {&b.weeks, b.checkWeeks},
		"audit_access_ends":   {&b.auditEnds, nil},
		"embargoed_countries": {&b.countries, b.checkCountries},
	}
	for _, name := range slices.Sorted(maps.Keys(own)) {
		s, ok := known[name]
		switch {
		case !ok:
			r.unreadable("/"+name, "there are "+strings.Join(slices.Sorted(maps.Keys(known)), ", "))
		case json.Unmarshal(own[name], s.into) != nil:
			r.unreadable("/"+name, fmt.Sprintf("%s is no value for it", own[name]))
		}
		if ok && s.check != nil {
			if wrong := s.check(); wrong != "" {
				r.unreadable("/"+name, wrong)
			}
		}
	}
	return b
}

func (r *reader) unreadable(name, detail string) {
	r.odd = append(r.odd, Issue{Code: SettingUnreadable, Severity: field.Error, Name: boundsSetting + "/lectern" + name, Detail: detail})
}

// checkWeeks leaves out what is no number of weeks.
func (b *bounds) checkWeeks() string {
	if b.weeks >= 0 && b.weeks <= 520 {
		return ""
	}
	b.weeks = 0
	return "write a number of weeks from 1 to 520"
}

// checkCountries leaves out what is no country.
func (b *bounds) checkCountries() (wrong string) {
	var list []string
	for _, c := range b.countries {
		code, ok := Country(c)
		if !ok {
			wrong = fmt.Sprintf("%q is no country: write two letters, as ISO 3166 does", c)
			continue
		}
		list = append(list, code)
	}
	b.countries = list
	return wrong
}

// Country gives the code of a country in capitals; ok is false for what cannot be one.
func Country(text string) (code string, ok bool) {
	code = strings.ToUpper(text)
	return code, len(code) == 2 && strings.Trim(code, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") == ""
}

// Embargoes reports whether the course may not be used in a country, which is two letters, as ISO 3166 has it; empty where nobody knows the country.
func (o *Outline) Embargoes(country string) bool {
	code, ok := Country(country)
	return ok && slices.Contains(o.countries, code)
}
