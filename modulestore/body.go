package modulestore

// Object gives the body as a stored object.
func (b *Body) Object() Object {
	e := newEncoder()
	e.text("m", b.Markup)
	e.attrs("x", b.Texts)
	e.attrs("a", b.Attrs)
	e.attrs("p", b.Policy)
	e.bytes("r", b.Raw)
	return e.object(KindBody)
}

// DecodeBody is the inverse of Body.Object. It copies what it keeps.
func DecodeBody(data []byte) (*Body, error) {
	d := newDecoder(data)
	b := &Body{
		Markup: d.text("m"),
		Texts:  d.attrs("x"),
		Attrs:  d.attrs("a"),
		Policy: d.attrs("p"),
		Raw:    append([]byte(nil), d.bytes("r")...),
	}
	return b, d.done()
}

func (e *encoder) attrs(name string, list []Attr) {
	e.documents(name, len(list), func(i int) {
		e.text("n", list[i].Name)
		e.text("v", list[i].Value)
		e.flag("l", list[i].Long)
	})
}

func (d *decoder) attrs(name string) []Attr {
	return documentList(d, name, func() Attr { return Attr{Name: d.text("n"), Value: d.text("v"), Long: d.flag("l")} })
}
