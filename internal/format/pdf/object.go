package pdf

import (
	"bytes"
	"compress/zlib"
	"crypto/sha256"
	"fmt"
	"strconv"
	"strings"
	"unicode/utf16"

	"github.com/wireroom/wireroom/internal/wire"
)

// file is a document of objects (ISO 32000-1 §7.5), numbered from 1.
type file struct{ objects [][]byte }

// reserve gives out the number of an object that comes later.
func (f *file) reserve() int {
	f.objects = append(f.objects, nil)
	return len(f.objects)
}

func (f *file) set(n int, body string) { f.objects[n-1] = []byte(body) }

func (f *file) add(body string) int {
	n := f.reserve()
	f.set(n, body)
	return n
}

// stream adds a stream; entries are those of its dictionary besides the length.
func (f *file) stream(entries string, data []byte) (int, error) {
	var packed bytes.Buffer
	z := zlib.NewWriter(&packed)
	_, err := z.Write(data)
	if err == nil {
		err = z.Close()
	}
	if err != nil {
		return 0, wire.Errorf(wire.Internal, "pdf", "cannot be packed: %w", err)
	}
	return f.raw(entries+" /Filter /FlateDecode", packed.Bytes()), nil
}

// raw adds a stream that is not packed.
func (f *file) raw(entries string, data []byte) int {
	n := f.reserve()
	head := fmt.Sprintf("<< %s /Length %d >>\nstream\n", entries, len(data))
	f.objects[n-1] = append(append([]byte(head), data...), "\nendstream"...)
	return n
}

// bytes writes the file. Its identity is the digest of all that is in it.
func (f *file) bytes(root, info int) []byte {
	var out bytes.Buffer
	out.WriteString("%PDF-1.7\n%\xe2\xe3\xcf\xd3\n")
	places := make([]int, len(f.objects))
	for i, body := range f.objects {
		places[i] = out.Len()
		out.WriteString(strconv.Itoa(i+1) + " 0 obj\n")
		out.Write(body)
		out.WriteString("\nendobj\n")
	}
	digest := sha256.Sum256(out.Bytes())
	start := out.Len()
	fmt.Fprintf(&out, "xref\n0 %d\n0000000000 65535 f \n", len(f.objects)+1)
	for _, p := range places {
		fmt.Fprintf(&out, "%010d 00000 n \n", p)
	}
	fmt.Fprintf(&out, "trailer\n<< /Size %d /Root %s /Info %s /ID [<%x> <%x>] >>\nstartxref\n%d\n%%%%EOF\n", len(f.objects)+1, ref(root), ref(info), digest[:16], digest[:16], start)
	return out.Bytes()
}

// ref is a reference to an object.
func ref(n int) string { return strconv.Itoa(n) + " 0 R" }

// refs are references in an array.
func refs(all []int) string {
	texts := make([]string, len(all))
	for i, n := range all {
		texts[i] = ref(n)
	}
	return "[" + strings.Join(texts, " ") + "]"
}

// words is a text string in UTF-16 (ISO 32000-1 §7.9.2.2).
func words(s string) string {
	var b strings.Builder
	b.WriteString("<FEFF")
	for _, u := range utf16.Encode([]rune(s)) {
		fmt.Fprintf(&b, "%04X", u)
	}
	b.WriteString(">")
	return b.String()
}

// ascii is a byte string of text that has no other characters, such as an
// address.
func ascii(s string) string {
	return "(" + strings.NewReplacer(`\`, `\\`, "(", `\(`, ")", `\)`, "\r", `\r`, "\n", `\n`).Replace(s) + ")"
}

// name is a name (ISO 32000-1 §7.3.5) of letters, figures, hyphens and plus.
func name(s string) string { return "/" + s }

// number is a number with as many decimals as matter on paper.
func number(f float64) string {
	s := strconv.FormatFloat(f, 'f', 3, 64)
	s = strings.TrimRight(strings.TrimRight(s, "0"), ".")
	if s == "" || s == "-0" || s == "-" {
		return "0"
	}
	return s
}
