package ingest

import (
	"strings"
	"sync"

	"github.com/wireroom/wireroom/internal/text"
)

// pattern is how the standing parts of a release are worded in one language.
// All are fragments, compared folded (text.Fold). To add a language, add a row.
type pattern struct {
	language   string
	sectors    []string // label of the line that names the sectors, before its colon
	thirdParty []string // of a disclaimer: somebody else supplied the article …
	noWarranty []string // … and it is carried without warranty
	service    []string // of the wire's own boilerplate: it distributes releases …
	reach      []string // … to so many newsrooms
	about      []string // heads the issuer's boilerplate; the name stands where ~ does
	months     []string // "January|Jan" … twelve of them
	months2    []string // a second set of names, if there is one
}

// patterns has a row for each of the wire's languages. Of a disclaimer both
// halves must be found, of the boilerplate both halves, in one paragraph or two
// that follow each other.
var patterns = []pattern{
	{
		language:   "en",
		sectors:    []string{"Sectors", "Sector", "Industries", "Categories"},
		thirdParty: []string{"third-party content provider", "third party content provider", "third-party provider", "external content provider", "provided by a third party", "supplied by a third party"},
		noWarranty: []string{"no warranties", "no warranty", "no representations", "no guarantees", "no guarantee", "does not warrant", "not warrant", "without warranty"},
		service:    []string{"press release distribution", "distribution of press releases", "distributes press releases", "press release circulation", "press release syndication"},
		reach:      []string{"media outlets", "outlets", "journalists", "newsrooms", "professional desktops"},
		about:      []string{"About ~"},
		months:     []string{"January|Jan", "February|Feb", "March|Mar", "April|Apr", "May", "June|Jun", "July|Jul", "August|Aug", "September|Sept|Sep", "October|Oct", "November|Nov", "December|Dec"},
	},
	{
		language:   "ar",
		sectors:    []string{"القطاعات", "القطاع", "التصنيفات", "المجالات"},
		thirdParty: []string{"مزود محتوى خارجي", "مزود محتوى من طرف ثالث", "مزود محتوى تابع لجهة خارجية", "موفر محتوى خارجي", "طرف ثالث", "جهة خارجية", "مزود خارجي"},
		noWarranty: []string{"أي ضمانات", "أي ضمان", "أية ضمانات", "أية ضمانة", "لا تقدم ضمانات", "لا يقدم ضمانات", "دون ضمان", "أي إقرارات"},
		service:    []string{"تداول بيانات صحفية", "تداول البيانات الصحفية", "توزيع بيانات صحفية", "توزيع البيانات الصحفية", "نشر البيانات الصحفية", "نشر بيانات صحفية", "توزيع النشرات الصحفية"},
		reach:      []string{"محرر", "متجر إعلامي", "منفذ إعلامي", "وسيلة إعلام", "مؤسسة إعلامية", "سطح مكتب", "غرفة أخبار", "غرف الأخبار"},
		about:      []string{"نبذة عن ~", "حول ~", "عن ~", "لمحة عن ~"},
		months:     []string{"يناير", "فبراير", "مارس", "أبريل|ابريل", "مايو", "يونيو", "يوليو", "أغسطس", "سبتمبر", "أكتوبر", "نوفمبر", "ديسمبر"},
		months2:    []string{"كانون الثاني", "شباط", "آذار", "نيسان", "أيار", "حزيران", "تموز", "آب", "أيلول", "تشرين الأول", "تشرين الثاني", "كانون الأول"},
	},
	{
		language:   "zh-Hans",
		sectors:    []string{"板块", "行业", "领域", "类别", "分类", "产业", "部门"},
		thirdParty: []string{"第三方内容提供商", "第三方内容供应商", "第三方内容提供者", "第三方提供", "外部内容提供商"},
		noWarranty: []string{"不作任何保证", "不做任何保证", "不作任何担保", "不做任何担保", "不提供任何保证", "不提供任何担保", "不作出任何保证", "不承担任何保证", "不对此作任何", "不作任何陈述"},
		service:    []string{"新闻稿发布", "新闻稿分发", "新闻稿发行", "发布新闻稿", "分发新闻稿"},
		reach:      []string{"媒体", "编辑", "记者", "桌面"},
		about:      []string{"关于~"},
	},
	{
		language:   "zh-Hant",
		sectors:    []string{"板塊", "行業", "領域", "類別", "分類", "產業", "部門"},
		thirdParty: []string{"第三方內容提供商", "第三方內容供應商", "第三方內容提供者", "第三方提供", "外部內容提供商"},
		noWarranty: []string{"不作任何保證", "不做任何保證", "不作任何擔保", "不做任何擔保", "不提供任何保證", "不提供任何擔保", "不作出任何保證", "不承擔任何保證", "不對此作任何", "不作任何陳述"},
		service:    []string{"新聞稿發布", "新聞稿發佈", "新聞稿分發", "新聞稿發行", "發布新聞稿", "發佈新聞稿", "分發新聞稿"},
		reach:      []string{"媒體", "編輯", "記者", "桌面"},
		about:      []string{"關於~"},
	},
	{
		language:   "fr",
		sectors:    []string{"Secteurs", "Secteur", "Rubriques", "Catégories"},
		thirdParty: []string{"fournisseur de contenu tiers", "fournisseur de contenus tiers", "fournisseur tiers", "fourni par un tiers", "prestataire tiers", "fournisseur de contenu externe"},
		noWarranty: []string{"aucune garantie", "sans garantie", "ne garantit", "aucune déclaration"},
		service:    []string{"diffusion de communiqués", "distribution de communiqués", "diffuse des communiqués", "diffusion des communiqués"},
		reach:      []string{"médias", "rédactions", "journalistes", "rédacteurs"},
		about:      []string{"À propos de ~", "À propos d’~", "À propos d'~", "À propos du ~", "À propos des ~"},
		months:     []string{"janvier|janv", "février|févr|fév", "mars", "avril|avr", "mai", "juin", "juillet|juil", "août", "septembre|sept", "octobre|oct", "novembre|nov", "décembre|déc"},
	},
	{
		language:   "de",
		sectors:    []string{"Sektoren", "Sektor", "Branchen", "Branche", "Ressorts", "Rubriken"},
		thirdParty: []string{"Drittanbieter von Inhalten", "Drittanbieter", "externen Inhalteanbieter", "externen Anbieter", "von Dritten bereitgestellt", "von einem Dritten", "Inhaltsanbieter"},
		noWarranty: []string{"keine Gewähr", "keine Garantie", "keinerlei Gewähr", "keinerlei Garantie", "ohne Gewähr", "keine Zusicherungen"},
		service:    []string{"Verbreitung von Pressemitteilungen", "Verteilung von Pressemitteilungen", "Versand von Pressemitteilungen", "Pressemitteilungsverbreitung", "verbreitet Pressemitteilungen"},
		reach:      []string{"Medien", "Redaktionen", "Redakteure", "Journalisten"},
		about:      []string{"Über ~", "Über die ~", "Über den ~", "Über das ~"},
		months:     []string{"Januar|Jänner|Jan", "Februar|Feb", "März|Mrz", "April|Apr", "Mai", "Juni|Jun", "Juli|Jul", "August|Aug", "September|Sept|Sep", "Oktober|Okt", "November|Nov", "Dezember|Dez"},
	},
	{
		language:   "id",
		sectors:    []string{"Sektor", "Bidang", "Kategori"},
		thirdParty: []string{"penyedia konten pihak ketiga", "penyedia konten eksternal", "pihak ketiga"},
		noWarranty: []string{"tidak memberikan jaminan", "tidak memberi jaminan", "tidak membuat jaminan", "tidak menjamin", "tanpa jaminan"},
		service:    []string{"distribusi siaran pers", "penyebaran siaran pers", "distribusi rilis pers", "mendistribusikan siaran pers"},
		reach:      []string{"media", "redaksi", "jurnalis", "wartawan"},
		about:      []string{"Tentang ~"},
		months:     []string{"Januari|Jan", "Februari|Feb", "Maret|Mar", "April|Apr", "Mei", "Juni|Jun", "Juli|Jul", "Agustus|Agu|Ags", "September|Sep", "Oktober|Okt", "November|Nov", "Desember|Des"},
	},
	{
		language:   "ja",
		sectors:    []string{"セクター", "分野", "業種", "カテゴリー", "カテゴリ", "部門"},
		thirdParty: []string{"第三者のコンテンツプロバイダー", "第三者コンテンツプロバイダー", "サードパーティのコンテンツプロバイダー", "サードパーティーのコンテンツプロバイダー", "第三者により提供", "第三者によって提供", "外部のコンテンツ"},
		noWarranty: []string{"いかなる保証も", "一切の保証", "一切保証", "保証や表明", "表明や保証", "保証または表明", "表明または保証", "保証するものではあり", "保証いたしません", "保証しません"},
		service:    []string{"プレスリリース配信", "プレスリリースの配信", "プレスリリースを配信", "プレスリリース流通"},
		reach:      []string{"メディア", "編集者", "記者", "デスクトップ"},
		about:      []string{"~について", "~とは"},
	},
	{
		language:   "ko",
		sectors:    []string{"섹터", "분야", "업종", "부문", "카테고리"},
		thirdParty: []string{"제3자 콘텐츠 제공", "제삼자 콘텐츠 제공", "제3자 콘텐츠 공급", "타사 콘텐츠 제공", "외부 콘텐츠 제공", "제3자가 제공", "제3자에 의해 제공"},
		noWarranty: []string{"어떠한 보증", "어떤 보증", "보증하지 않", "보증이나 진술", "진술이나 보증", "보증을 하지 않"},
		service:    []string{"보도자료 배포", "보도 자료 배포", "보도자료 유통", "보도자료를 배포"},
		reach:      []string{"언론", "미디어", "편집자", "기자", "데스크톱"},
		about:      []string{"~ 소개", "~에 대하여", "~에 대해", "~ 개요"},
	},
	{
		language:   "ms",
		sectors:    []string{"Sektor", "Bidang", "Kategori"},
		thirdParty: []string{"penyedia kandungan pihak ketiga", "pembekal kandungan pihak ketiga", "pihak ketiga"},
		noWarranty: []string{"tidak memberikan jaminan", "tidak memberi jaminan", "tidak membuat jaminan", "tidak memberikan sebarang jaminan", "tidak memberi sebarang jaminan", "tidak membuat sebarang", "tiada jaminan", "tidak menjamin", "waranti"},
		service:    []string{"pengedaran siaran akhbar", "edaran siaran akhbar", "pengedaran kenyataan media", "edaran kenyataan akhbar", "pengedaran kenyataan akhbar"},
		reach:      []string{"media", "editor", "wartawan"},
		about:      []string{"Mengenai ~", "Perihal ~", "Tentang ~"},
		months:     []string{"Januari|Jan", "Februari|Feb", "Mac", "April|Apr", "Mei", "Jun", "Julai|Jul", "Ogos|Ogo", "September|Sep", "Oktober|Okt", "November|Nov", "Disember|Dis"},
	},
	{
		language:   "pt",
		sectors:    []string{"Setores", "Setor", "Sectores", "Editorias", "Categorias"},
		thirdParty: []string{"provedor de conteúdo terceirizado", "provedor de conteúdo de terceiros", "fornecedor de conteúdo terceirizado", "fornecedor de conteúdos externo", "fornecedor de conteúdo externo", "fornecido por terceiros", "fornecido por um terceiro", "conteúdo de terceiros", "fornecedor terceiro"},
		noWarranty: []string{"nenhuma garantia", "não oferece garantias", "não dá garantias", "não faz garantias", "não garante", "quaisquer garantias", "sem garantia", "nenhuma declaração"},
		service:    []string{"distribuição de comunicados", "divulgação de comunicados", "distribui comunicados", "distribuição de press releases", "circulação de comunicados"},
		reach:      []string{"meios de comunicação", "veículos de comunicação", "veículos de mídia", "redações", "jornalistas", "editores"},
		about:      []string{"Sobre ~", "Sobre a ~", "Sobre o ~", "Acerca de ~", "Acerca da ~"},
		months:     []string{"janeiro|jan", "fevereiro|fev", "março|mar", "abril|abr", "maio|mai", "junho|jun", "julho|jul", "agosto|ago", "setembro|set", "outubro|out", "novembro|nov", "dezembro|dez"},
	},
	{
		language:   "ru",
		sectors:    []string{"Секторы", "Сектора", "Сектор", "Отрасли", "Отрасль", "Рубрики", "Разделы"},
		thirdParty: []string{"сторонним поставщиком контента", "сторонним поставщиком", "сторонним провайдером контента", "сторонним провайдером", "третьей стороной", "внешним поставщиком"},
		noWarranty: []string{"никаких гарантий", "каких-либо гарантий", "не гарантирует", "без гарантий", "никаких заверений", "не даёт гарантий", "не дает гарантий", "не предоставляет гарантий"},
		service:    []string{"распространение пресс-релизов", "распространения пресс-релизов", "распространению пресс-релизов", "рассылку пресс-релизов", "рассылка пресс-релизов", "распространяет пресс-релизы"},
		reach:      []string{"СМИ", "редакций", "редакторов", "журналистов", "изданий"},
		about:      []string{"О компании ~", "О группе ~", "О фонде ~", "О ~", "Об ~"},
		months:     []string{"января|янв|январь", "февраля|фев|февраль", "марта|мар|март", "апреля|апр|апрель", "мая|май", "июня|июн|июнь", "июля|июл|июль", "августа|авг|август", "сентября|сент|сен|сентябрь", "октября|окт|октябрь", "ноября|нояб|ноя|ноябрь", "декабря|дек|декабрь"},
	},
	{
		language:   "es",
		sectors:    []string{"Sectores", "Sector", "Secciones", "Categorías"},
		thirdParty: []string{"proveedor de contenido externo", "proveedor de contenidos externo", "proveedor externo", "proveedor de contenido de terceros", "proveedor de contenidos de terceros", "proporcionado por un tercero", "proporcionado por terceros", "facilitado por un tercero", "tercero proveedor"},
		noWarranty: []string{"ninguna garantía", "no ofrece garantías", "no da garantías", "no hace garantías", "no garantiza", "sin garantía", "ninguna declaración", "no ofrece ninguna", "garantías ni"},
		service:    []string{"distribución de comunicados", "difusión de comunicados", "distribuye comunicados", "distribución de notas de prensa", "difusión de notas de prensa", "circulación de comunicados"},
		reach:      []string{"medios", "redacciones", "periodistas", "editores"},
		about:      []string{"Acerca de ~", "Sobre ~"},
		months:     []string{"enero|ene", "febrero|feb", "marzo|mar", "abril|abr", "mayo|may", "junio|jun", "julio|jul", "agosto|ago", "septiembre|setiembre|sept|sep", "octubre|oct", "noviembre|nov", "diciembre|dic"},
	},
	{
		language:   "th",
		sectors:    []string{"หมวดหมู่", "ภาคส่วน", "หมวด", "ประเภท", "กลุ่มอุตสาหกรรม"},
		thirdParty: []string{"ผู้ให้บริการเนื้อหาบุคคลที่สาม", "ผู้ให้บริการเนื้อหาภายนอก", "ผู้ให้บริการเนื้อหาจากภายนอก", "ผู้ให้บริการเนื้อหารายอื่น", "บุคคลที่สาม", "บุคคลภายนอก"},
		noWarranty: []string{"ไม่รับประกัน", "ไม่มีการรับประกัน", "ไม่ให้การรับประกัน", "ไม่รับรอง", "ไม่ได้ให้การรับประกัน", "ไม่ได้รับประกัน"},
		service:    []string{"เผยแพร่ข่าวประชาสัมพันธ์", "กระจายข่าวประชาสัมพันธ์", "เผยแพร่ข่าวประชาสัมพันธ์", "จัดส่งข่าวประชาสัมพันธ์", "เผยแพร่แถลงการณ์"},
		reach:      []string{"สื่อ", "บรรณาธิการ", "นักข่าว", "ผู้สื่อข่าว", "เดสก์ท็อป"},
		about:      []string{"เกี่ยวกับ ~", "เกี่ยวกับ~"},
		months:     []string{"มกราคม|ม.ค", "กุมภาพันธ์|ก.พ", "มีนาคม|มี.ค", "เมษายน|เม.ย", "พฤษภาคม|พ.ค", "มิถุนายน|มิ.ย", "กรกฎาคม|ก.ค", "สิงหาคม|ส.ค", "กันยายน|ก.ย", "ตุลาคม|ต.ค", "พฤศจิกายน|พ.ย", "ธันวาคม|ธ.ค"},
	},
	{
		language:   "vi",
		sectors:    []string{"Lĩnh vực", "Ngành", "Chuyên mục", "Danh mục"},
		thirdParty: []string{"nhà cung cấp nội dung bên thứ ba", "nhà cung cấp nội dung của bên thứ ba", "nhà cung cấp nội dung bên ngoài", "bên thứ ba"},
		noWarranty: []string{"không đưa ra bất kỳ bảo đảm", "không đưa ra bảo đảm", "không bảo đảm", "không đảm bảo", "không đưa ra bất kỳ đảm bảo", "không đưa ra đảm bảo", "không cam đoan", "không bảo hành", "không đưa ra bất kỳ tuyên bố"},
		service:    []string{"phân phối thông cáo báo chí", "phát hành thông cáo báo chí", "phát thông cáo báo chí", "lưu hành thông cáo báo chí"},
		reach:      []string{"truyền thông", "biên tập viên", "nhà báo", "tòa soạn", "phóng viên"},
		about:      []string{"Về ~", "Giới thiệu về ~", "Giới thiệu ~"},
		months:     []string{"tháng 1|tháng Một|tháng Giêng|tháng 01", "tháng 2|tháng Hai|tháng 02", "tháng 3|tháng Ba|tháng 03", "tháng 4|tháng Tư|tháng 04", "tháng 5|tháng Năm|tháng 05", "tháng 6|tháng Sáu|tháng 06", "tháng 7|tháng Bảy|tháng 07", "tháng 8|tháng Tám|tháng 08", "tháng 9|tháng Chín|tháng 09", "tháng 10|tháng Mười", "tháng 11|tháng Mười Một", "tháng 12|tháng Mười Hai"},
	},
}

// folded are the patterns as they are compared.
type foldedPatterns struct {
	sectors, thirdParty, noWarranty, service, reach []string
	about                                           [][2]string // before and after the name
	months                                          map[string]int
}

var patternsOfAll = sync.OnceValue(func() *foldedPatterns {
	f := &foldedPatterns{months: map[string]int{}}
	add := func(to *[]string, from []string) {
		for _, s := range from {
			*to = appendNew(*to, text.Fold(s))
		}
	}
	for _, p := range patterns {
		add(&f.sectors, p.sectors)
		add(&f.thirdParty, p.thirdParty)
		add(&f.noWarranty, p.noWarranty)
		add(&f.service, p.service)
		add(&f.reach, p.reach)
		for _, a := range p.about {
			before, after, _ := strings.Cut(text.Fold(a), "~")
			f.about = append(f.about, [2]string{before, after})
		}
		for _, set := range [][]string{p.months, p.months2} {
			for i, names := range set {
				for _, name := range strings.Split(names, "|") {
					f.months[text.Fold(name)] = i + 1
				}
			}
		}
	}
	return f
})

// holds reports whether folded text holds one of the fragments.
func holds(folded string, fragments []string) bool {
	for _, f := range fragments {
		if strings.Contains(folded, f) {
			return true
		}
	}
	return false
}
