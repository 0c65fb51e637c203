package ingest

import (
	"bytes"
	"strings"
	"testing"

	"github.com/wireroom/wireroom/internal/text"
	"github.com/wireroom/wireroom/internal/wire"
)

func TestDatelinesOfTheWiresLanguages(t *testing.T) {
	known := func(mark string) bool { return mark == "Northwire" }
	for _, c := range []struct {
		text string
		want wire.Dateline
		rest string
	}{
		{"(Northwire) – Text", wire.Dateline{Mark: "Northwire"}, "Text"},
		{"OSLO, Norway, Nov. 23, 2026 /NORTHWIRE/ -- Text", wire.Dateline{City: "OSLO", Country: "NO", Date: "2026-11-23", Mark: "NORTHWIRE"}, "Text"},
		{"SINGAPORE, 5 May (NORTHWIRE) – Text", wire.Dateline{City: "SINGAPORE", Country: "SG", Date: "2026-05-05", Mark: "NORTHWIRE"}, "Text"},
		{"SINGAPORE--(NORTHWIRE)--Text", wire.Dateline{City: "SINGAPORE", Country: "SG", Mark: "NORTHWIRE"}, "Text"},
		{"BOSTON, MA, November 23rd, 2026 – Text", wire.Dateline{City: "BOSTON, MA", Date: "2026-11-23"}, "Text"},
		{"إسطنبول، 23 نوفمبر 2026 (Northwire) – نص", wire.Dateline{City: "إسطنبول", Date: "2026-11-23", Mark: "Northwire"}, "نص"},
		{"بيروت، ٢٣ تشرين الثاني ٢٠٢٦ (Northwire) — نص", wire.Dateline{City: "بيروت", Date: "2026-11-23", Mark: "Northwire"}, "نص"},
		{"北京2026年11月23日 /NORTHWIRE/ -- 正文", wire.Dateline{City: "北京", Date: "2026-11-23", Mark: "NORTHWIRE"}, "正文"},
		{"東京、2026年11月23日（Northwire）――本文", wire.Dateline{City: "東京", Date: "2026-11-23", Mark: "Northwire"}, "本文"},
		{"서울, 2026년 11월 23일 /NORTHWIRE/ -- 본문", wire.Dateline{City: "서울", Date: "2026-11-23", Mark: "NORTHWIRE"}, "본문"},
		{"กรุงเทพฯ, 23 พฤศจิกายน 2569 (Northwire) – เนื้อหา", wire.Dateline{City: "กรุงเทพฯ", Date: "2026-11-23", Mark: "Northwire"}, "เนื้อหา"},
		{"HÀ NỘI, ngày 23 tháng 11 năm 2026 /NORTHWIRE/ -- Văn bản", wire.Dateline{City: "HÀ NỘI", Date: "2026-11-23", Mark: "NORTHWIRE"}, "Văn bản"},
		{"JAKARTA, 23 Agustus 2026 (NORTHWIRE) – Teks", wire.Dateline{City: "JAKARTA", Date: "2026-08-23", Mark: "NORTHWIRE"}, "Teks"},
		{"KUALA LUMPUR, 23 Ogos 2026 (NORTHWIRE) – Teks", wire.Dateline{City: "KUALA LUMPUR", Date: "2026-08-23", Mark: "NORTHWIRE"}, "Teks"},
		{"BERLIN, 23. März 2026 (NORTHWIRE) – Text", wire.Dateline{City: "BERLIN", Date: "2026-03-23", Mark: "NORTHWIRE"}, "Text"},
		{"Berlin, 23.03.2026 – Text", wire.Dateline{City: "Berlin", Date: "2026-03-23"}, "Text"},
		{"МОСКВА, 23 ноября 2026 г. (НОРДВАЙР) — Текст", wire.Dateline{City: "МОСКВА", Date: "2026-11-23", Mark: "НОРДВАЙР"}, "Текст"},
		{"PARIS, 1er août 2026 /NORTHWIRE/ -- Texte", wire.Dateline{City: "PARIS", Date: "2026-08-01", Mark: "NORTHWIRE"}, "Texte"},
		{"MADRID, 23 de noviembre de 2026 (NORTHWIRE) – Texto", wire.Dateline{City: "MADRID", Date: "2026-11-23", Mark: "NORTHWIRE"}, "Texto"},
		{"SÃO PAULO, 23 de março de 2026 /NORTHWIRE/ -- Texto", wire.Dateline{City: "SÃO PAULO", Date: "2026-03-23", Mark: "NORTHWIRE"}, "Texto"},

		{text: "The World Health Organization (WHO) – a body of the United Nations – said"},
		{text: "Halden AS (Oslo: HAL) said on 23 November 2026 – a Monday – that"},
		{text: "On 23 November 2026 the company (ABC) – which builds ferries – said"},
		{text: "وزارة النقل النرويجية (NMT) – قالت"},
		{text: "See https://halden.example/a/ -- it is there"},
		{text: "It was late -- too late"},
	} {
		found, ok := parseDateline(c.text, monday, known)
		if ok != (c.rest != "") || found.Dateline != c.want && ok || ok && c.text[found.end:] != c.rest {
			t.Errorf("%q: %v %+v, rest %q", c.text, ok, found.Dateline, c.text[min(found.end, len(c.text)):])
		}
	}
}

// A disclaimer, a line of sectors and boilerplate in each language of the wire,
// in words of our own.
func TestStandingPartsOfTheWiresLanguages(t *testing.T) {
	for language, c := range map[string][3]string{
		"en":      {"This piece was supplied by a third party. Northwire gives no warranty.", "Sectors: Energy, Technology", "Northwire offers press release distribution to newsrooms."},
		"ar":      {"هذه المادة من مزود محتوى خارجي، ولا تقدم Northwire أي ضمانات بشأنها.", "القطاعات: الطاقة، التكنولوجيا", "توفر Northwire توزيع البيانات الصحفية على غرف الأخبار."},
		"zh-Hans": {"本稿件由第三方内容提供商供稿，Northwire不作任何保证。", "行业：能源，科技", "Northwire向媒体提供新闻稿发布服务。"},
		"zh-Hant": {"本稿件由第三方內容提供商供稿，Northwire不作任何保證。", "行業：能源，科技", "Northwire向媒體提供新聞稿發布服務。"},
		"fr":      {"Ce texte vient d’un fournisseur de contenu tiers ; Northwire ne donne aucune garantie.", "Secteurs : Énergie, Technologie", "Northwire assure la diffusion de communiqués aux rédactions."},
		"de":      {"Dieser Text stammt von einem Drittanbieter; Northwire übernimmt keine Gewähr.", "Branchen: Energie, Technologie", "Northwire sorgt für die Verbreitung von Pressemitteilungen an Redaktionen."},
		"id":      {"Tulisan ini dari pihak ketiga; Northwire tidak memberikan jaminan.", "Sektor: Energi, Teknologi", "Northwire melayani distribusi siaran pers kepada redaksi."},
		"ja":      {"本稿は第三者のコンテンツプロバイダーによるもので、Northwireは一切の保証をしません。", "分野：エネルギー、テクノロジー", "Northwireは編集者にプレスリリース配信を行う。"},
		"ko":      {"이 글은 외부 콘텐츠 제공업체의 것이며 Northwire는 어떠한 보증도 하지 않는다.", "분야: 에너지, 기술", "Northwire는 기자에게 보도자료 배포 서비스를 한다."},
		"ms":      {"Tulisan ini daripada pihak ketiga; Northwire tidak memberikan sebarang jaminan.", "Sektor: Tenaga, Teknologi", "Northwire menjalankan pengedaran siaran akhbar kepada wartawan."},
		"pt":      {"Este texto foi fornecido por terceiros; a Northwire não garante nada.", "Setores: Energia, Tecnologia", "A Northwire faz a distribuição de comunicados às redações."},
		"ru":      {"Текст предоставлен сторонним поставщиком контента; Northwire не даёт никаких гарантий.", "Отрасли: Энергетика, Технологии", "Northwire ведёт распространение пресс-релизов для редакций."},
		"es":      {"Este texto es de un proveedor de contenido externo; Northwire no ofrece ninguna garantía.", "Sectores: Energía, Tecnología", "Northwire se ocupa de la distribución de comunicados a las redacciones."},
		"th":      {"บทความนี้มาจากผู้ให้บริการเนื้อหาภายนอก Northwire ไม่รับประกันใด ๆ", "หมวดหมู่: พลังงาน, เทคโนโลยี", "Northwire เผยแพร่ข่าวประชาสัมพันธ์ถึงนักข่าว"},
		"vi":      {"Bài này do bên thứ ba cung cấp; Northwire không bảo đảm điều gì.", "Lĩnh vực: Năng lượng, Công nghệ", "Northwire phân phối thông cáo báo chí tới các tòa soạn."},
	} {
		t.Run(language, func(t *testing.T) {
			story := "Halden 2026\nHalden Marine 2026 Moss.\n"
			r, findings, err := Read("a.txt", strings.NewReader(story+c[0]+"\n"+c[1]+"\n"+c[2]+"\n"), Options{Language: language, Now: monday})
			if err != nil {
				t.Fatal(err)
			}
			e := r.Editions[0]
			if wire.PlainText(e.Disclaimer) != c[0] || wire.PlainText(e.Boilerplate) != c[2] || len(e.Body) != 1 || strings.Join(r.Sectors, " ") != "energy technology" {
				t.Errorf("body %v, disclaimer %v, boilerplate %v, sectors %v, %v", e.Body, e.Disclaimer, e.Boilerplate, r.Sectors, findings)
			}
		})
	}
}

func TestPatternsCoverEveryLanguageAndFoldToSomething(t *testing.T) {
	if len(patterns) != 15 {
		t.Errorf("%d languages", len(patterns))
	}
	for _, p := range patterns {
		for _, set := range [][]string{p.sectors, p.thirdParty, p.noWarranty, p.service, p.reach, p.about} {
			if len(set) == 0 {
				t.Errorf("%s lacks patterns", p.language)
			}
			for _, s := range set {
				if text.Fold(s) == "" {
					t.Errorf("%s: %q", p.language, s)
				}
			}
		}
		if n := len(p.months); n != 12 && n != 0 {
			t.Errorf("%s has %d months", p.language, n)
		}
	}
}

func TestFilesWithOneKeyBecomeOneReleaseWithTheFirstAsSource(t *testing.T) {
	file := func(name, front, text string) Document {
		return Document{Name: name, Reader: bytes.NewReader([]byte("---\n" + front + "\n---\n" + text))}
	}
	releases, _, err := ReadAll([]Document{
		file("a.txt", "release: moss\nlanguage: en\nsectors: [energy]", "Headline\nText of it.\n"),
		file("b.txt", "language: en", "Another\nText of it.\n"),
		file("c.txt", "release: moss\nlanguage: de\npriority: urgent\nsectors: [technology]\nembargo: 2026-11-24T08:00\nzone: UTC", "Titel\nText davon.\n"),
	}, Options{Now: monday})
	if err != nil || len(releases) != 2 {
		t.Fatalf("%v, %v", releases, err)
	}
	r := releases[0]
	if len(r.Editions) != 2 || r.Editions[0].Translation != nil || r.Editions[1].Translation == nil || *r.Editions[1].Translation != (wire.Translation{From: "en"}) {
		t.Errorf("editions %+v", r.Editions)
	}
	if r.Priority != wire.Urgent || strings.Join(r.Sectors, " ") != "energy technology" || r.Schedule.Local != "2026-11-24T08:00:00" {
		t.Errorf("%+v %+v", r.Facets, r.Schedule)
	}
	if _, err := Combine(nil); wire.KindOf(err) != wire.Invalid {
		t.Errorf("none: %v", err)
	}
	if _, err := Combine([]*wire.Release{releases[0], releases[1]}); err == nil || err.Error() != "editions[2].language: there are two editions in en" {
		t.Errorf("twice: %v", err)
	}
	other := *releases[1]
	other.Editions = []wire.Edition{{Language: "fr", Headline: "x", Body: []wire.Block{wire.P("y")}}}
	other.Schedule, _ = wire.NewSchedule("2026-11-25T08:00", "UTC", wire.Unasked)
	if _, err := Combine([]*wire.Release{releases[0], &other}); wire.KindOf(err) != wire.Conflict {
		t.Errorf("two times: %v", err)
	}
}
