package olx

// lines turns offsets of a text into lines and columns without counting from the start each time.
type lines struct {
	src   []byte
	marks []mark // one every markEvery bytes
}

type mark struct{ line, column int }

const markEvery = 1024

func newLines(src []byte) *lines {
	x := &lines{src: src}
	m := mark{1, 1}
	for from := 0; from <= len(src); from += markEvery {
		x.marks = append(x.marks, m)
		m = m.after(src[from:min(from+markEvery, len(src))])
	}
	return x
}

// after moves a mark over some bytes; columns count characters.
func (m mark) after(text []byte) mark {
	for _, c := range text {
		switch {
		case c == '\n':
			m = mark{m.line + 1, 1}
		case c&0xc0 != 0x80: // not inside a character
			m.column++
		}
	}
	return m
}

// at returns line and column of an offset, both from 1.
func (x *lines) at(offset int) (line, column int) {
	offset = min(max(offset, 0), len(x.src))
	from := offset / markEvery
	m := x.marks[from].after(x.src[from*markEvery : offset])
	return m.line, m.column
}
