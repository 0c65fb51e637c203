package tree

import (
	"encoding/json"
	"encoding/xml"
	"errors"
	"io"
	"reflect"
	"strings"
	"testing"
)

const small = `<item xml:lang="en" id="7" xmlns="urn:a"><title>A  <em>small</em> title</title><link href="x"/><link href="y" rel="z"/><note>kept</note></item>`

// What nobody took is told by its place: that is how nothing is dropped.
func TestWhatNobodyTookIsLeft(t *testing.T) {
	n, err := XML(small)
	if err != nil {
		t.Fatal(err)
	}
	if n.Attr("xml:lang") != "en" || n.Get("title").Word() != "A small title" || n.All("link")[1].Attr("href") != "y" || n.Space != "urn:a" {
		t.Errorf("%+v", n)
	}
	want := []Field{{"@id", "7"}, {"link[1]/@href", "x"}, {"link[2]/@rel", "z"}, {"note", "kept"}}
	if left := n.Left(); !reflect.DeepEqual(left, want) {
		t.Errorf("left %+v", left)
	}
	n.Drop()
	if left := n.Left(); left != nil {
		t.Errorf("left %+v", left)
	}
}

func TestJSONIsTheSameKindOfTree(t *testing.T) {
	n, err := JSON("{\"a\": [1, {\"b\": true}, [null, \"x\"]],\n\"\": \"y\", \"c\": null}")
	if err != nil {
		t.Fatal(err)
	}
	if n.Get("a", "b").Word() != "true" || n.Get("c") != nil {
		t.Errorf("%+v", n)
	}
	want := []Field{{"a[1]", "1"}, {"a[3]", "x"}, {"(unnamed)", "y"}}
	if left := n.Left(); !reflect.DeepEqual(left, want) {
		t.Errorf("left %+v", left)
	}
	if line := n.Children[len(n.Children)-1].Line; line != 2 {
		t.Errorf("line %d", line)
	}
}

func TestAMissingNodeIsEmpty(t *testing.T) {
	var n *Node
	if n.Get("a").Word()+n.Attr("b")+n.Peek("c")+n.HTML(XHTML) != "" || n.All("a") != nil || n.Left() != nil || n.Find("a") != nil {
		t.Error("a missing node says something")
	}
	n.Drop()
}

// The markup that comes out can be read again, whatever the elements are called.
func TestXHTMLIsWrittenEscaped(t *testing.T) {
	n, err := XML(`<div><p class="x" onclick="y" xml:lang="ar">a &lt;b&gt; <a href="&quot;&gt;">c</a><br/></p><weird.name>d</weird.name></div>`)
	if err != nil {
		t.Fatal(err)
	}
	if got, want := n.HTML(XHTML), `<p lang="ar">a &lt;b&gt; <a href="&#34;&gt;">c</a><br></p>d`; got != want {
		t.Errorf("%s", got)
	}
	if left := n.Left(); !reflect.DeepEqual(left, []Field{{"p/@onclick", "y"}}) {
		t.Errorf("left %+v", left)
	}
}

// Trees never hold more than the bounds, and what is left is what is there.
func FuzzXML(f *testing.F) {
	for _, s := range []string{small, "<a>&nbsp;</a>", "<!DOCTYPE a><a/>", "<a xmlns:b='c' b:d='e'/>", "<a><![CDATA[<b>]]></a>", "<?xml version='1.0' encoding='x'?><a/>"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		n, err := XML(s)
		whole(t, n, err)
	})
}

func FuzzJSON(f *testing.F) {
	for _, s := range []string{`{"a": [1, {"b": null}], "": ["x"]}`, `{"a": "\ud800"}`, `{"a": 1e999}`, `{}`} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		n, err := JSON(s)
		whole(t, n, err)
		if err == nil && !json.Valid([]byte(s)) {
			t.Fatalf("%q is not JSON", s)
		}
	})
}

func whole(t *testing.T, n *Node, err error) {
	if (n == nil) == (err == nil) {
		t.Fatalf("%v, %v", n, err)
	}
	count, deepest := measure(n, 0)
	if count > 2*MaxNodes || deepest > MaxDepth+1 {
		t.Fatalf("%d nodes, %d deep", count, deepest)
	}
	n.HTML(XHTML)
	n.Drop()
	if left := n.Left(); len(left) > 0 {
		t.Fatalf("left %+v", left)
	}
}

func measure(n *Node, depth int) (count, deepest int) {
	if n == nil {
		return 0, depth
	}
	count, deepest = 1, depth
	for _, c := range n.Children {
		k, d := measure(c, depth+1)
		count, deepest = count+k, max(deepest, d)
	}
	return count, deepest
}

// BenchmarkXML stands beside encoding/xml alone, which builds nothing.
func BenchmarkXML(b *testing.B) {
	text := "<items>" + strings.Repeat(small, 100) + "</items>"
	b.Run("tree", func(b *testing.B) {
		b.SetBytes(int64(len(text)))
		b.ReportAllocs()
		for b.Loop() {
			if _, err := XML(text); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("encoding-xml", func(b *testing.B) {
		b.SetBytes(int64(len(text)))
		b.ReportAllocs()
		for b.Loop() {
			d := xml.NewDecoder(strings.NewReader(text))
			for {
				if _, err := d.Token(); errors.Is(err, io.EOF) {
					break
				} else if err != nil {
					b.Fatal(err)
				}
			}
		}
	})
}
