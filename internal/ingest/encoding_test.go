package ingest

import (
	"strings"
	"testing"

	"golang.org/x/net/html/charset"
)

// A sentence of news in scripts that were written in many ways before UTF-8.
const (
	inArabic      = "أعلنت الشركة اليوم عن افتتاح مصنع جديد في المنطقة الشرقية من البلاد"
	inRussian     = "Компания объявила сегодня об открытии нового завода в восточной части страны"
	inThai        = "บริษัทประกาศวันนี้ว่าจะเปิดโรงงานแห่งใหม่ทางภาคตะวันออกของประเทศ"
	inJapanese    = "同社は本日、国の東部に新しい工場を開設すると発表した。新工場は来年の春に稼働する。"
	inKorean      = "회사는 오늘 동부 지역에 새로운 공장을 연다고 발표했다. 이 공장은 내년 봄에 가동된다."
	inSimplified  = "该公司今天宣布在东部地区开设一家新的工厂，这是中国第三个工厂，员工为三百人。"
	inTraditional = "該公司今天宣布在東部地區開設一家新的工廠，這是中國第三個工廠，員工為三百人。"
)

// encoded is a text in the encoding that a label names.
func encoded(t *testing.T, label, text string) string {
	t.Helper()
	e, _ := charset.Lookup(label)
	raw, err := e.NewEncoder().String(text)
	if err != nil {
		t.Fatal(label, err)
	}
	return raw
}

// What was written before UTF-8 is converted, and the desk is told: figures and
// names of a guess want a second look.
func TestTextInLegacyEncodingsIsConvertedWithAFinding(t *testing.T) {
	for encoding, text := range map[string]string{
		"windows-1256": inArabic,
		"windows-1251": inRussian,
		"KOI8-R":       inRussian,
		"windows-874":  inThai,
		"Shift_JIS":    inJapanese,
		"EUC-JP":       inJapanese,
		"ISO-2022-JP":  inJapanese,
		"EUC-KR":       inKorean,
		"GB18030":      inSimplified,
		"Big5":         inTraditional,
		"windows-1252": "Le groupe a annoncé lundi à Paris l’ouverture d’une troisième unité à côté de l’hôtel",
		"windows-1258": "Công ty đa quôc gia đăng ky môt nha may mơi ơ miên đông đât nươc trong năm nay",
	} {
		raw := encoded(t, encoding, text)
		for _, c := range []struct{ name, before, after string }{
			{"a.txt", "", ""},
			{"a.md", "# Halden Marine\n\n", "\n"},
			{"a.html", "<h1>Halden Marine</h1><p>", "</p>"},
			{"a.xml", `<?xml version="1.0" encoding="` + encoding + `"?><nitf><body><body.head><hedline><hl1>Halden Marine</hl1></hedline></body.head><body.content><p>`, "</p></body.content></body></nitf>"},
		} {
			t.Run(encoding+c.name[1:], func(t *testing.T) {
				r, findings, err := Read(c.name, strings.NewReader(c.before+raw+c.after), Options{Now: monday, Language: "ja"})
				if err != nil {
					t.Fatal(err)
				}
				if body := r.Editions[0].Body[0].PlainText(); body != text {
					t.Errorf("read as %q", body)
				}
				if f := find(findings, "encoding-converted"); f == nil || !strings.Contains(f.Message, encoding) {
					t.Errorf("findings %+v", findings)
				}
			})
		}
	}
}

func TestAPageIsReadInTheEncodingItDeclares(t *testing.T) {
	r, findings, err := Read("a.html", strings.NewReader("<meta charset=windows-1250><p>caf\xe9 \xb3\xf3d\x9f</p>"), Options{Language: "en", Now: monday})
	if err != nil || r.Editions[0].Headline != "café łódź" || find(findings, "encoding-converted") == nil {
		t.Errorf("%+v, %v, %v", r, findings, err)
	}
}

// Labels are those that letters and feeds are really sent with.
func TestALetterAndAFeedAreReadInTheEncodingTheyDeclare(t *testing.T) {
	for label, text := range map[string]string{
		"tis-620":        inThai,
		"windows-1256":   inArabic,
		"koi8-r":         inRussian,
		"shift_jis":      inJapanese,
		"iso-2022-jp":    inJapanese,
		"gb2312":         inSimplified,
		"big5":           inTraditional,
		"ks_c_5601-1987": inKorean,
	} {
		raw := encoded(t, label, text)
		for name, document := range map[string]string{
			"a.eml": "From: desk@provider.example\nSubject: Halden Marine\nMIME-Version: 1.0\nContent-Type: text/plain; charset=" + label + "\nContent-Transfer-Encoding: 8bit\n\n" + raw + "\n",
			"a.xml": `<?xml version="1.0" encoding="` + label + `"?><rss version="2.0"><channel><title>x</title><item><title>Halden Marine</title><guid>1</guid><description>` + raw + `</description></item></channel></rss>`,
		} {
			r, _, err := Read(name, strings.NewReader(document), Options{Now: monday})
			if err != nil {
				t.Errorf("%s in %s: %v", name, label, err)
			} else if body := r.Editions[0].Body[0].PlainText(); body != text {
				t.Errorf("%s in %s: %q", name, label, body)
			}
		}
	}
}
