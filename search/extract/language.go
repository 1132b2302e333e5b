package extract

import (
	"strings"
	"unicode"
)

// minLetters is how many letters a text must have for a guess.
const minLetters = 200

// maxGuess is how much of a text is looked at, in bytes.
const maxGuess = 20_000

// Language tells the language of a text of at least 200 letters by its script and its commonest words; empty when that is not sure.
func Language(text string) string {
	text = text[:min(len(text), maxGuess)]
	counts := make(map[string]int)
	letters := 0
	for _, r := range text {
		if unicode.IsLetter(r) {
			letters++
			counts[script(r)]++
		}
	}
	if letters < minLetters {
		return ""
	}
	switch {
	case counts["kana"] > 0 && counts["kana"]+counts["han"] > letters/2 && counts["kana"] > letters/20:
		return "ja"
	case counts["latin"] > letters/2:
		return latin(text)
	case counts["cyrillic"] > letters/2:
		return cyrillic(text)
	case counts["arabic"] > letters/2:
		return arabic(text)
	}
	for _, s := range scripts {
		if s.lang != "" && counts[s.name] > letters/2 {
			return s.lang
		}
	}
	return ""
}

// scripts are those that tell something; lang is the language that has it to itself.
var scripts = []struct {
	name, lang string
	table      *unicode.RangeTable
}{
	{"latin", "", unicode.Latin}, {"cyrillic", "", unicode.Cyrillic}, {"arabic", "", unicode.Arabic}, {"han", "zh", unicode.Han}, {"kana", "ja", unicode.Hiragana},
	{"kana", "ja", unicode.Katakana}, {"hangul", "ko", unicode.Hangul}, {"devanagari", "hi", unicode.Devanagari}, {"greek", "el", unicode.Greek},
	{"hebrew", "he", unicode.Hebrew}, {"thai", "th", unicode.Thai}, {"armenian", "hy", unicode.Armenian}, {"bengali", "bn", unicode.Bengali},
	{"georgian", "ka", unicode.Georgian}, {"myanmar", "my", unicode.Myanmar}, {"tamil", "ta", unicode.Tamil}, {"khmer", "km", unicode.Khmer}, {"lao", "lo", unicode.Lao},
}

func script(r rune) string {
	for _, s := range scripts {
		if unicode.Is(s.table, r) {
			return s.name
		}
	}
	return ""
}

// cyrillic tells languages apart by the letters that only they have.
func cyrillic(text string) string {
	switch {
	case strings.ContainsAny(text, "їєґЇЄҐ"):
		return "uk"
	case strings.ContainsAny(text, "ўЎ"):
		return "be"
	case strings.ContainsAny(text, "ђјљњћџ"):
		return "sr"
	case strings.ContainsAny(text, "ыэЫЭ"):
		return "ru"
	}
	return "bg"
}

func arabic(text string) string {
	switch {
	case strings.ContainsAny(text, "ٹڈڑے"):
		return "ur"
	case strings.ContainsAny(text, "ۆێڕڵ"):
		return "ckb"
	case strings.ContainsAny(text, "پچژگ"):
		return "fa"
	}
	return "ar"
}

// commonWords are the words that stand in any text of a language.
var commonWords = map[string]map[string]bool{
	"en": set(`the of and to in is that it for you this with are be on as have we not or can will your from what by an they`),
	"de": set(`der die das und ist in den von zu mit sich nicht ein eine auf für dem des es auch als werden wird sie wir oder bei`),
	"fr": set(`le la les de des et est un une du en que qui dans pour pas sur au avec ce vous il nous par plus sont ou`),
	"es": set(`el la los las de que y en un una es por con para del se no su al lo como más este esta son o pero`),
	"pt": set(`o a os as de que e em um uma é por com para do da não se no na mais como ao você são ou seu`),
	"it": set(`il la le gli di che e in un una è per con del della non si al dei sono come più questo anche o nel lo`),
	"nl": set(`de het een en van is dat op te in voor met zijn niet aan er ook als je die bij om wordt naar of deze`),
	"sv": set(`och att det som en är på av för med den till inte har om ett kan du vi de från eller så när`),
	"da": set(`og at det er en til af på for med den som ikke har de et kan vi om fra du eller så når være hvad`),
	"no": set(`og at det er en til av på for med den som ikke har de et kan vi om fra du eller så når være hva`),
	"fi": set(`ja on ei että se ovat joka tai kun mutta myös ole niin voi sekä hän olla kuin ne tämä jos mitä vain`),
	"pl": set(`i w na z się nie do to jest że o jak po co za od są dla tego przez oraz może być który lub`),
	"cs": set(`a se na v je to že s z do o i jak pro by ale jako za po nebo jsou být který také jsem není`),
	"tr": set(`ve bir bu için ile de da olarak olan gibi daha çok ne en değil kadar sonra var her ama veya`),
	"ro": set(`și de la în a cu pe un o că este care nu din pentru mai sau sunt ca se fi prin cum dar`),
	"hu": set(`a az és hogy nem is egy ez meg van de csak már vagy ha mint el lehet azt volt még ki`),
	"ca": set(`el la els les de que i en un una és per amb del no es al com més aquest són o però també`),
	"id": set(`yang dan di ini untuk dengan dari pada adalah itu tidak ke dalam akan atau juga anda bisa dapat kita`),
}

// latin counts common words. One in eight must be of the best language, and the second best must be well behind.
func latin(text string) string {
	words := strings.FieldsFunc(strings.ToLower(text), func(r rune) bool { return !unicode.IsLetter(r) })
	found := make(map[string]int)
	for _, w := range words {
		for lang, common := range commonWords {
			if common[w] {
				found[lang]++
			}
		}
	}
	best, second := "", 0
	for lang, n := range found {
		switch {
		case n > found[best] || n == found[best] && lang < best:
			best, second = lang, max(second, found[best])
		case n > second:
			second = n
		}
	}
	if found[best]*8 < len(words) || second*5 > found[best]*4 {
		return ""
	}
	return best
}
