package text

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"pgregory.net/rapid"
)

func show(terms []Term) string {
	var b strings.Builder
	for _, t := range terms {
		fmt.Fprintf(&b, "%d:%s ", t.Position, readable(t.Text))
	}
	return strings.TrimSpace(b.String())
}

// readable shows the prefix of a term: ¹ a unit, ' without marks, _ with a space
// between, ~en a stem.
func readable(term string) string {
	r, size := utf8.DecodeRuneInString(term)
	switch {
	case term[:size] == unitPrefix:
		return "¹" + term[size:]
	case term[:size] == plainPrefix:
		return "'" + term[size:]
	case term[:size] == spacedPrefix:
		return "_" + term[size:]
	case r >= stemPrefix && r < stemPrefix+rune(stemmers):
		return []string{"", "~en:", "~de:", "~fr:", "~es:", "~pt:", "~ms:", "~ru:", "~ar:"}[r-stemPrefix] + term[size:]
	}
	return term
}

func TestWhatATextCanBeFoundBy(t *testing.T) {
	for _, c := range []struct{ language, text, want string }{
		{"en", "Halden's 2.1 GW plants, NYSE:HLD!", "0:halden 0:~en:halden 1:s 2:2.1 3:gw 4:plants 4:~en:plant 5:nyse 5:~en:nyse 6:hld 6:~en:hld"},
		{"it", "ＡＢＣ ﬁne perché STRAẞE", "0:abc 1:fine 2:perché 2:'perche 3:strasse"},
		{"en", "1,000.5 in 3.", "0:1,000.5 1:in 2:3"},
		{"en", "co\u00adop \u200eno", "0:coop 0:~en:coop 1:no"},
		{"de", "Größen, Muenchens Häuser", "0:grössen 0:~de:gross 1:muenchens 1:~de:munch 2:häuser 2:~de:haus"},
		{"ar", "والطّاقةُ الشَّمسيـــة", "0:والطاقه 0:~ar:طاق 0:~ar:والطاق 1:الشمسيه 1:~ar:شمس"},
		{"ar", "إسطنبول ٢٠٢٦", "0:اسطنبول 0:~ar:اسطنبول 1:2026"},
		{"ar", "بشركة Halden", "0:بشركه 0:~ar:بشرك 0:~ar:شرك 1:halden 1:~en:halden"},
		{"ja", "東京都のAI", "0:¹东 0:东京 1:¹京 1:京都 2:¹都 2:都の 3:¹の 3:の 4:ai"},
		{"ja", "ﾄﾖﾀ ジョン・スミ", "0:¹ト 0:トヨ 1:¹ヨ 1:ヨタ 2:¹タ 2:タ 3:¹ジ 3:ジョ 4:¹ョ 4:ョン 5:¹ン 5:ンス 6:¹ス 6:スミ 7:¹ミ 7:ミ"},
		{"ko", "전자는 오늘", "0:¹전 0:전자 1:¹자 1:자는 2:¹는 2:는 2:_는오 3:¹오 3:오늘 4:¹늘 4:늘"},
		{"zh-Hant", "A股發頭髮", "0:a 1:¹股 1:股发 2:¹发 2:发头 3:¹头 3:头发 4:¹发 4:发"},
		{"th", "ข่าวดี ๒๕๖๙", "0:¹ข่ 0:ข่า 1:¹า 1:าว 2:¹ว 2:วดี 3:¹ดี 3:ดี 4:2569"},
		{"th", "เเม่", "0:¹แ 0:แม่ 1:¹ม่ 1:ม่"},
		{"vi", "Công ty ĐIỆN hoá", "0:công 0:'cong 1:ty 2:điện 2:'dien 3:hóa 3:'hoa"},
		{"ru", "Ёлки в лесах", "0:ёлки 0:~ru:елк 1:в 2:лесах 2:~ru:лес"},
		{"id", "mengirim diumumkan perusahaannya", "0:mengirim 0:~ms:kirim 0:~ms:irim 1:diumumkan 1:~ms:umum 2:perusahaannya 2:~ms:perusahaan"},
		{"pt", "As ações subiram", "0:as 1:ações 1:~pt:aca 2:subiram 2:~pt:sub"},
		{"en", "press@halden.example", "0:press@halden.example 0:press 0:~en:press 1:halden.example 1:halden 1:~en:halden 2:example 2:~en:exampl"},
		{"it", "https://www.halden.example/a?b=1.", "0:https 1:www 2:halden.example/a?b=1 2:halden.example 2:halden 3:example 4:a 5:b 6:1"},
		{"it", "BRK.B 0700.HK well-known", "0:brk.b 0:brk 1:b 2:0700.hk 2:0700 3:hk 4:well 5:known"},
		{"", " —!… ", ""},
	} {
		if got := show(Analyse(c.language, c.text)); got != c.want {
			t.Errorf("%s %q:\n got %s\nwant %s", c.language, c.text, got, c.want)
		}
	}
}

func TestWhatAQueryAsksFor(t *testing.T) {
	for _, c := range []struct {
		text  string
		loose bool
		want  string
	}{
		{"東京都", true, "0:东京 1:京都"},
		{"株", true, "0:¹株"},
		{"發表する", true, "0:发表"},
		{"コンピューター", true, "0:コン 1:ンピ 2:ピュ 3:ュー 4:ータ"},
		{"인공지능", true, "0:인공 0:_인공 1:공지 1:_공지 2:지능 2:_지능"},
		{"인공지능", false, "0:인공 1:공지 2:지능"},
		{"공개했다", true, "0:공개"},
		{"الطاقة", true, "0:الطاقه 0:~ar:طاق"},
		{"الطاقة", false, "0:الطاقه"},
		{"Plants", true, "0:plants 0:~en:plant 0:~de:plant 0:~fr:plant 0:~es:plants 0:~pt:plant 0:~ms:plants 0:'plants"},
		{"Plants", false, "0:plants"},
		{"à la", true, "0:à 1:la 1:'la"},
		{"Заводы", true, "0:заводы 0:~ru:завод"},
		{"e-7", true, "0:e 0:'e 1:7"},
		{"at press@halden.example now", false, "0:at 1:press@halden.example 4:now"},
		{"https://www.halden.example/a", true, "2:halden.example/a"},
	} {
		if got := show(AnalyseQuery("", c.text, c.loose)); got != c.want {
			t.Errorf("%q: %s, want %s", c.text, got, c.want)
		}
	}
}

func TestLanguagesAreRecognised(t *testing.T) {
	for language, texts := range map[string][]string{
		"en":      {"The company said today that it will open a new plant in the north of the country.", "Shares rose after the bank announced its results.", "Halden Robotics has been named supplier of the year by its customers.", "We are proud of what our teams have done with this project.", "It is not known when the ship will leave the harbour."},
		"ar":      {"أعلنت الشركة اليوم عن افتتاح مصنع جديد في شمال البلاد.", "ارتفعت الأسهم بعد إعلان النتائج.", "وقال المدير التنفيذي إن المشروع سيوفر فرص عمل.", "تستضيف المدينة المؤتمر الدولي للمناخ.", "لم يعرف بعد موعد مغادرة السفينة."},
		"zh-Hans": {"公司今天宣布在北方开设一家新工厂。", "银行公布业绩后，股价上涨。", "该项目将为当地居民提供更多就业机会。", "市长在会议上发表讲话。", "目前还不知道船什么时候离开港口。"},
		"zh-Hant": {"公司今天宣布在北方開設一家新工廠。", "銀行公布業績後，股價上漲。", "該項目將為當地居民提供更多就業機會。", "市長在會議上發表講話。", "目前還不知道船什麼時候離開港口。"},
		"fr":      {"La société a annoncé aujourd'hui l'ouverture d'une nouvelle usine dans le nord du pays.", "Les actions ont progressé après la publication des résultats de la banque.", "Nous sommes fiers de ce que nos équipes ont fait.", "On ne sait pas encore quand le navire quittera le port.", "Le projet créera des emplois pour les habitants de la région."},
		"de":      {"Das Unternehmen gab heute bekannt, dass es im Norden des Landes ein neues Werk eröffnet.", "Die Aktien stiegen, nachdem die Bank ihre Ergebnisse vorgelegt hatte.", "Wir sind stolz auf das, was unsere Teams geleistet haben.", "Es ist noch nicht bekannt, wann das Schiff den Hafen verlässt.", "Das Projekt schafft Arbeitsplätze für die Menschen in der Region."},
		"id":      {"Perusahaan mengumumkan hari ini bahwa mereka akan membuka pabrik baru karena permintaan naik.", "Saham naik setelah bank tersebut menyampaikan hasil usahanya, ujar analis.", "Kami bangga dengan apa yang telah dikerjakan tim kami, kata direktur perusahaan.", "Belum diketahui kapan kapal tersebut bisa meninggalkan pelabuhan karena cuaca.", "Menurut dia, proyek itu berbeda dari yang lain karena uang berasal dari warga."},
		"ms":      {"Syarikat itu mengumumkan hari ini bahawa kilang baharu akan dibuka kerana permintaan meningkat.", "Saham naik selepas bank tersebut mengumumkan keputusannya, kata penganalisis syarikat.", "Kami bangga dengan kerja pasukan kami, kata beliau kepada pihak media.", "Masih belum diketahui bila kapal itu boleh meninggalkan pelabuhan kerana cuaca, iaitu ribut.", "Kerajaan negara itu berkata wang tersebut daripada pihak swasta, manakala kereta dari pejabat."},
		"ja":      {"同社は本日、北部に新工場を開設すると発表した。", "銀行が業績を発表した後、株価は上昇した。", "トヨタは新型車を公開しました。", "船がいつ出港するかはまだ分かっていない。", "このプロジェクトは地域の雇用を生み出します。"},
		"ko":      {"회사는 오늘 북부 지역에 새 공장을 연다고 발표했다.", "은행이 실적을 발표한 뒤 주가가 올랐다.", "우리 팀이 이룬 성과가 자랑스럽습니다.", "배가 언제 항구를 떠날지는 아직 알려지지 않았다.", "이 사업은 지역 주민에게 일자리를 제공한다."},
		"pt":      {"A empresa anunciou hoje a abertura de uma nova fábrica no norte do país.", "As ações subiram depois que o banco divulgou os seus resultados.", "Não se sabe ainda quando o navio vai deixar o porto.", "O projeto vai criar empregos para os moradores da região.", "Estamos orgulhosos do que as nossas equipes fizeram até agora."},
		"ru":      {"Компания объявила сегодня об открытии нового завода на севере страны.", "Акции выросли после публикации результатов банка.", "Мы гордимся тем, что сделали наши сотрудники.", "Пока неизвестно, когда судно покинет порт.", "Проект создаст рабочие места для жителей региона."},
		"es":      {"La empresa anunció hoy la apertura de una nueva fábrica en el norte del país.", "Las acciones subieron después de que el banco publicara sus resultados.", "No se sabe todavía cuándo dejará el puerto el barco.", "El proyecto creará empleos para los vecinos de la región.", "Estamos orgullosos de lo que han hecho nuestros equipos."},
		"th":      {"บริษัทประกาศวันนี้ว่าจะเปิดโรงงานแห่งใหม่ทางภาคเหนือ", "หุ้นปรับตัวขึ้นหลังธนาคารประกาศผลประกอบการ", "เราภูมิใจในสิ่งที่ทีมงานของเราทำ", "ยังไม่ทราบว่าเรือจะออกจากท่าเมื่อใด", "โครงการนี้จะสร้างงานให้คนในพื้นที่"},
		"vi":      {"Công ty hôm nay thông báo sẽ mở một nhà máy mới ở miền bắc.", "Cổ phiếu tăng sau khi ngân hàng công bố kết quả kinh doanh.", "Chúng tôi tự hào về những gì đội ngũ đã làm được.", "Hiện chưa rõ khi nào con tàu sẽ rời cảng.", "Dự án sẽ tạo việc làm cho người dân trong vùng."},
	} {
		for _, s := range texts {
			if g := Detect(s); g.Language != language || g.Confidence < 0.3 || g.Confidence > 1 {
				t.Errorf("%s: %q is taken for %+v", language, s, g)
			}
		}
	}
}

func TestConfidenceIsHonest(t *testing.T) {
	clear := Detect(strings.Repeat("أعلنت الشركة اليوم عن افتتاح مصنع جديد في شمال البلاد. ", 5))
	if clear.Confidence < 0.9 {
		t.Errorf("a plain Arabic text: %+v", clear)
	}
	if close := Detect("Presiden akan hadir di kota ini pada hari itu."); close.Confidence > 0.6 {
		t.Errorf("a sentence that is Indonesian as well as Malay: %+v", close)
	}
	for _, s := range []string{"", "12 345 – !", "ΑΒΓ δεζ ηθι"} {
		if g := Detect(s); g.Language != "" || g.Confidence != 0 {
			t.Errorf("%q is taken for %+v", s, g)
		}
	}
}

func TestFoldingIsStable(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := rapid.String().Draw(t, "s")
		if once := Fold(s); Fold(once) != once {
			t.Fatalf("%q folds to %q, then to %q", s, once, Fold(once))
		}
	})
}

// unplaced is the term without its place.
func (t Term) unplaced() Term { return Term{Text: t.Text, Position: t.Position} }

// newFolded is folded text as terms hold it.
func newFolded(s string) string {
	s = strings.Map(func(r rune) rune {
		if joinsUnits(r) {
			return -1
		}
		if classOf(r) == single {
			return foldSingle(r)
		}
		return r
	}, strings.ReplaceAll(s, "เเ", "แ"))
	for last, before := range tones {
		s = strings.ReplaceAll(s, last, before)
	}
	return s
}

// checkPlaces demands that every term comes from where it says: folded, that
// place holds the term.
func checkPlaces(t interface {
	Helper()
	Fatalf(string, ...any)
}, s string, terms []Term) {
	t.Helper()
	for _, term := range terms {
		if term.Start < 0 || term.Start >= term.End || term.End > len(s) {
			t.Fatalf("%q: %+v lies outside", s, term)
		}
		source := Fold(s[term.Start:term.End])
		if first, _ := utf8.DecodeRuneInString(term.Text); first >= 0xe000 || len(term.Text) >= maxWord {
			continue // a form of what stands there, or its beginning
		}
		word := newFolded(term.Text)
		if !strings.Contains(newFolded(source), word) {
			t.Fatalf("%q: %q does not stand in %q", s, word, source)
		}
	}
}

func TestFoldingByTablesIsFoldingByTheBook(t *testing.T) {
	for r := range rune(0x30000) {
		if !utf8.ValidRune(r) {
			continue
		}
		for _, s := range []string{string(r), "a" + string(r), string(r) + "\u0301", "ا" + string(r) + "b"} {
			if got, want := Fold(s), foldWhole(s); got != want {
				t.Fatalf("%q (%U) folds to %q, by the book to %q", s, r, got, want)
			}
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		s := rapid.String().Draw(t, "s")
		if got, want := Fold(s), foldWhole(s); got != want {
			t.Fatalf("%q folds to %q, by the book to %q", s, got, want)
		}
	})
}

func TestTermsSayWhereTheyComeFrom(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := rapid.StringOf(rapid.RuneFrom([]rune("aZé ẞß.,@-1ﬁＡﾄﾞ東京는กำ่الطّةـ\u0301\u200b\u00ad"), unicode.Latin, unicode.Han, unicode.Arabic, unicode.Thai, unicode.M)).Draw(t, "s")
		checkPlaces(t, s, Analyse("", s))
	})
}

func TestAPrefixIsWhatTermsBeginWith(t *testing.T) {
	for _, c := range []struct{ s, text, want string }{
		{"telecom*", "Telecommunications", "telecom"}, {"ТЕЛЕ", "телеком", "теле"}, {"東", "関東", "东"}, {"東京", "東京都", "东京"}, {"halden.ex", "news@halden.example", "halden.ex"},
		{"الط", "الطاقة", "الط"}, {"ข่า", "ข่าว", "ข่า"},
	} {
		got, ok := Prefix(c.s)
		if !ok || got != c.want || !slices.ContainsFunc(Analyse("", c.text), func(t Term) bool { return strings.HasPrefix(t.Text, got) }) {
			t.Errorf("%s: %q, %t, want %q, in %s", c.s, got, ok, c.want, c.text)
		}
	}
	for _, s := range []string{"", "*", "two words", "東京都", "—"} {
		if got, ok := Prefix(s); ok {
			t.Errorf("%q is taken for the prefix %q", s, got)
		}
	}
}

// Any piece of a text, cut between words, is found in it.
func FuzzAnalyse(f *testing.F) {
	for _, s := range []string{"Halden's plant", "東京都のAI", "الطّاقةُ ال", "ข่าวดี", "a\u0301\u0301", "\xff\xfe", "1.2.3,4", "ﷺ", "ỆẾ"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if once := Fold(s); utf8.ValidString(s) && Fold(once) != once {
			t.Fatalf("%q folds to %q, then to %q", s, once, Fold(once))
		}
		terms := Analyse("", s)
		if len(terms) > 6*len(Fold(s))+2 {
			t.Fatalf("%d terms of %d bytes", len(terms), len(s))
		}
		at := map[Term]bool{}
		last := 0
		checkPlaces(t, s, terms)
		for _, term := range terms {
			at[term.unplaced()] = true
			if term.Position < last || term.Text == "" {
				t.Fatalf("%q: term %+v after position %d", s, term, last)
			}
			last = term.Position
		}
		for _, loose := range []bool{false, true} {
			missing := map[int]string{}
			for _, term := range AnalyseQuery("", s, loose) {
				if found, seen := missing[term.Position]; seen && found == "" {
					continue
				}
				missing[term.Position] = term.Text
				if at[term.unplaced()] {
					missing[term.Position] = ""
				}
			}
			for position, term := range missing {
				if term != "" {
					t.Fatalf("%q does not find itself: %q is missing at %d", s, term, position)
				}
			}
		}
	})
}

func BenchmarkAnalyse(b *testing.B) {
	for name, s := range map[string]string{
		"en": strings.Repeat("The company said today that it will open a new plant in the north of the country. ", 40),
		"ar": strings.Repeat("أعلنت الشركة اليوم عن افتتاح مصنع جديد في شمال البلاد. ", 40),
		"ja": strings.Repeat("同社は本日、北部に新工場を開設すると発表した。", 40),
	} {
		b.Run(name, func(b *testing.B) {
			b.SetBytes(int64(len(s)))
			for b.Loop() {
				Analyse(name, s)
			}
		})
	}
}

func TestAQueryInALanguageAsksWhatItsTextsHave(t *testing.T) {
	for _, c := range []struct{ language, text, want string }{
		{"de", "Plants", "0:plants 0:~de:plant"},
		{"ja", "Plants", "0:plants 0:~en:plant"}, // what is Latin in other scripts is read as English
		{"vi", "Plants", "0:plants 0:'plants"},
		{"en", "Заводы", "0:заводы 0:~ru:завод"},
		{"uk", "Заводы", "0:заводы"},
		{"zh-Hans", "الطاقة", "0:الطاقه 0:~ar:طاق"},
	} {
		if got := show(AnalyseQuery(c.language, c.text, true)); got != c.want {
			t.Errorf("%s %s:\n got %s\nwant %s", c.language, c.text, got, c.want)
		}
	}
}
