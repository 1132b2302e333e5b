package extract_test

import (
	"strings"
	"testing"

	"lectern/search/extract"
)

func TestLanguages(t *testing.T) {
	for _, c := range []struct{ name, text, want string }{
		{"English", "In this unit you will learn how the parts of a cell work with each other, and what happens to them when there is not enough of the food that they need. ", "en"},
		{"German", "In dieser Einheit geht es um die Teile der Zelle und darum, wie sie miteinander arbeiten, wenn es nicht genug von dem gibt, was sie für das Leben brauchen. ", "de"},
		{"French", "Dans cette unité vous apprendrez comment les parties de la cellule travaillent et ce qui se passe pour elles quand il n'y a pas assez de nourriture. ", "fr"},
		{"Spanish", "En esta unidad se aprende cómo las partes de la célula trabajan y lo que pasa con ellas cuando no hay suficiente comida para el resto de los días. ", "es"},
		{"Portuguese", "Nesta unidade você aprende como as partes da célula trabalham e o que acontece com elas quando não há comida para os outros dias da semana. ", "pt"},
		{"Italian", "In questa unità si impara come le parti della cellula lavorano e che cosa accade quando non c'è più il cibo per gli altri giorni della settimana. ", "it"},
		{"Dutch", "In deze les leer je hoe de delen van een cel met elkaar werken en wat er met ze gebeurt als er niet genoeg is van het eten dat zij nodig hebben. ", "nl"},
		{"Polish", "W tej części dowiesz się, jak pracują części komórki i co się z nimi dzieje, gdy nie ma tego, czego potrzebują do życia, oraz jak to jest na co dzień. ", "pl"},
		{"Russian", "В этом разделе вы узнаете, как работают части клетки и что с ними происходит, когда им не хватает пищи, которая им нужна для жизни. ", "ru"},
		{"Ukrainian", "У цьому розділі ви дізнаєтесь, як працюють частини клітини і що з ними відбувається, коли їм не вистачає їжі, потрібної для життя. ", "uk"},
		{"Arabic", "في هذه الوحدة سوف تتعلم كيف تعمل أجزاء الخلية معا وما يحدث لها عندما لا يكون هناك ما يكفي من الغذاء. ", "ar"},
		{"Persian", "در این بخش یاد می گیرید که چگونه بخش های سلول با هم کار می کنند و چه اتفاقی می افتد وقتی غذا پیدا نمی شود. ", "fa"},
		{"Chinese", "在本单元中，您将学习细胞的各个部分如何协同工作，以及当它们没有足够的食物时会发生什么。", "zh"},
		{"Japanese", "この単元では、細胞の各部分がどのように働くか、そして食べ物が足りないときに何が起こるかを学びます。", "ja"},
		{"Korean", "이 단원에서는 세포의 각 부분이 어떻게 함께 작동하는지, 그리고 먹이가 부족할 때 무슨 일이 일어나는지 배웁니다. ", "ko"},
		{"Hindi", "इस इकाई में आप सीखेंगे कि कोशिका के भाग कैसे एक साथ काम करते हैं और जब भोजन नहीं होता तो क्या होता है। ", "hi"},
		{"Greek", "Σε αυτή την ενότητα θα μάθετε πώς λειτουργούν τα μέρη του κυττάρου και τι συμβαίνει όταν δεν υπάρχει αρκετή τροφή. ", "el"},
		{"Thai", "ในหน่วยนี้คุณจะได้เรียนรู้ว่าส่วนต่างๆของเซลล์ทำงานร่วมกันอย่างไรและเกิดอะไรขึ้นเมื่อมีอาหารไม่เพียงพอ", "th"},
		{"words of no language", "lorem ipsum dolor sit amet consectetur adipiscing elit sed eiusmod tempor incididunt labore dolore magna aliqua ", ""},
		{"a list of names", "Anna Berta Cäsar Dora Emil Friedrich Gustav Heinrich Ida Julius Kaufmann Ludwig Martha Nordpol Otto Paula Quelle Richard Samuel ", ""},
		{"a program", "for (int i = 0; i < count; i++) { total += values[i] * weights[i]; printf(\"%d\", total); } return total / count; ", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := extract.Language(strings.Repeat(c.text, 6)); got != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}

func TestAShortTextHasNoLanguage(t *testing.T) {
	if got := extract.Language("This is the text that we have and it is not so long."); got != "" {
		t.Errorf("got %q", got)
	}
}
