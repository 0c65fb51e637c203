package sitetest

import (
	"time"

	"github.com/wireroom/wireroom/internal/wire"
)

// headlines are those of the day before.
var headlines = []struct {
	organisation, sector string
	text                 map[string]string
}{
	{"Lindqvist Rail", "transport", map[string]string{
		"en": "Lindqvist Rail orders 60 battery trains for regional lines",
		"ar": "ليندكفيست ريل تطلب 60 قطارًا يعمل بالبطاريات للخطوط الإقليمية",
		"ja": "リンドクヴィスト鉄道、地方路線向けに蓄電池電車60編成を発注"}},
	{"Tamarind Foods", "food", map[string]string{
		"en": "Tamarind Foods opens its third plant in Chiang Mai",
		"ja": "タマリンド・フーズ、チェンマイに第3工場を開設",
		"th": "ทามารินด์ฟู้ดส์เปิดโรงงานแห่งที่สามในจังหวัดเชียงใหม่"}},
	{"Nordkap Wind", "energy", map[string]string{
		"en": "Nordkap Wind connects its first floating turbine to the grid, six weeks ahead of plan",
		"ar": "نوردكاب ويند تربط أول توربين عائم لها بالشبكة قبل الموعد بستة أسابيع"}},
	{"Hallgrim Shipping", "transport", map[string]string{
		"en": "Hallgrim Shipping names Ana Sørlie chief operating officer"}},
	{"Plataforma Sol", "energy", map[string]string{
		"en": "Plataforma Sol signs a fifteen-year supply agreement with the city of Valparaíso",
		"ar": "بلاتافورما سول توقّع اتفاقية توريد لخمسة عشر عامًا مع مدينة فالبارايسو",
		"ja": "プラタフォルマ・ソル、バルパライソ市と15年間の電力供給契約を締結"}},
	{"Quillon Software", "technology", map[string]string{
		"en": "Quillon Software publishes its accessibility toolkit under an open licence",
		"ja": "クイロン・ソフトウェア、アクセシビリティ支援ツールをオープンライセンスで公開"}},
}

func (f *filler) provider() wire.ReleaseID {
	r := &wire.Release{ID: wire.NewReleaseID(), Facets: wire.Facets{
		Organisation: "Harbour Weekly", Priority: wire.Ordinary, Sectors: []string{"daily-news", "transport"}, Places: []string{"NL", "SG"},
		Provider: &wire.Credit{Name: "Harbour Weekly", Line: "Provided by Harbour Weekly", URL: "https://harbour-weekly.example/"}},
		Editions: []wire.Edition{{Language: "en", Headline: "Port call times fall as pilots share arrival slots",
			Body:       []wire.Block{wire.P("Ships waited a fifth less outside four large ports this autumn, harbour masters said."), {Kind: wire.Heading, Text: "What changed"}, {Kind: wire.List, Items: []wire.Inline{"Slots are given out <strong>by the hour</strong>, not by the day.", "Tugs are booked with the slot."}}},
			Disclaimer: []wire.Block{wire.P("This article was supplied by a third party, which alone answers for what it says.")}}}}
	f.clear(r, wire.Publish, nil, wire.Amendment{})
	return r.ID
}

func (f *filler) kitahama() wire.ReleaseID {
	r := &wire.Release{ID: wire.NewReleaseID(), Facets: wire.Facets{
		Organisation: "北浜精機株式会社", Priority: wire.Ordinary, Sectors: []string{"technology"}, Places: []string{"JP"}, Instruments: []wire.Instrument{{MIC: "XTKS", Ticker: "6999"}}},
		Editions: []wire.Edition{{Language: "ja", Headline: "北浜精機、第3四半期の営業利益が前年同期比12.4%増、通期見通しを上方修正",
			Subheads: []string{"産業用ロボット向け減速機の受注が過去最高を更新"},
			Dateline: wire.Dateline{City: "大阪", Country: "JP", Date: "2026-11-23", Mark: "WIREROOM"},
			Body: []wire.Block{
				wire.P("北浜精機株式会社は本日、2027年3月期第3四半期の連結業績を発表した。営業利益は前年同期比12.4%増の184億円、売上高は同7.9%増の1,526億円となった。"),
				wire.P("代表取締役社長は「欧州と東南アジアで自動化投資の回復が想定を上回った」と述べた。通期の営業利益見通しは、従来の230億円から246億円に引き上げた。"),
				{Kind: wire.Table, Rows: [][]wire.Inline{{"区分", "前年同期", "当期"}, {"売上高（億円）", "1,414", "1,526"}, {"営業利益（億円）", "164", "184"}}},
			},
			Contacts: []wire.PressContact{{Name: "藤森 遥", Role: "広報部", Email: "press@kitahama.example", Phone: "+81 6 5550 0134"}}}}}
	f.clear(r, wire.Publish, nil, wire.Amendment{})
	return r.ID
}

// waha is written in Arabic, translated into English, and corrected.
func (f *filler) waha() wire.ReleaseID {
	contacts := []wire.PressContact{{Name: "ليلى حداد", Role: "مديرة الاتصال", Email: "press@waha.example", Phone: "+966 11 555 0134"}}
	r := &wire.Release{ID: wire.NewReleaseID(), Facets: wire.Facets{
		Organisation: "شركة الواحة للطاقة", Priority: wire.Ordinary, Sectors: []string{"energy"}, Places: []string{"SA"}},
		Editions: []wire.Edition{
			{Language: "ar", Headline: "شركة الواحة للطاقة توقّع عقدًا بقيمة 2.1 مليار دولار لتطوير محطة شمسية بقدرة 1.6 غيغاواط",
				Subheads: []string{"من المتوقع أن تبدأ المحطة عملياتها التجارية في الربع الرابع من عام 2028"},
				Dateline: wire.Dateline{City: "الرياض", Country: "SA", Date: "2026-11-23", Mark: "WIREROOM"},
				Body: []wire.Block{
					wire.P("أعلنت شركة الواحة للطاقة اليوم توقيع عقد تطوير وتشغيل مع ائتلاف يضم شركة Halden Robotics وثلاثة مصارف إقليمية، ويغطي إنشاء محطة شمسية على مساحة 42 كيلومترًا مربعًا."),
					wire.P("وقال الرئيس التنفيذي: «سيوفّر هذا المشروع الكهرباء لأكثر من 600 ألف منزل، وسيخفض الانبعاثات بنحو 2.9 مليون طن سنويًا»."),
					{Kind: wire.Quote, Lang: "en", Text: "“The desert is our second harbour,” the consortium said in a statement."},
					{Kind: wire.Table, Rows: [][]wire.Inline{{"البند", "2025", "2026"}, {"القدرة المركبة (ميغاواط)", "3,420", "5,220"}, {"الإيرادات (مليون دولار)", "812", "947"}, {"التغيّر", "-4.1%", "+16.6%"}}},
				},
				Boilerplate: []wire.Block{wire.P("تأسست شركة الواحة للطاقة عام 2009، وتدير محطات شمسية ومحطات رياح في خمس دول، وتزوّد أكثر من مليوني مشترك بالكهرباء.")},
				Contacts:    contacts},
			{Language: "en", Headline: "Waha Energy signs USD 2.1 billion contract for a 1.6 gigawatt solar plant",
				Dateline:    wire.Dateline{City: "RIYADH", Country: "SA", Date: "2026-11-23", Mark: "WIREROOM"},
				Body:        []wire.Block{wire.P("Waha Energy today signed a contract to develop and run a solar plant with a consortium of Halden Robotics and three banks."), {Kind: wire.Quote, Lang: "ar", Text: "«سيوفّر هذا المشروع الكهرباء لأكثر من 600 ألف منزل»"}},
				Translation: &wire.Translation{From: "ar", By: "desk"}, Contacts: contacts},
		}}
	first := f.clear(r, wire.Publish, nil, wire.Amendment{})
	f.at = f.at.Add(38 * time.Minute)
	r.Editions[0].Headline = "شركة الواحة للطاقة توقّع عقدًا بقيمة 2.1 مليار دولار لتطوير محطة شمسية بقدرة 1.8 غيغاواط"
	r.Editions[1].Headline = "Waha Energy signs USD 2.1 billion contract for a 1.8 gigawatt solar plant"
	f.clear(r, wire.Correct, first, wire.Amendment{Reason: "The capacity in the headline was wrong.", Changes: []wire.Change{{Field: "headline", Old: "1.6", New: "1.8"}}})
	return r.ID
}

func (f *filler) halden() wire.ReleaseID {
	contacts := []wire.PressContact{
		{Name: "Ingrid Sæther", Role: "Head of communications", Organisation: "Halden Robotics", Email: "press@halden.example", Phone: "+47 22 55 01 34"},
		{Name: "News desk line", Email: MediaOnly, MediaOnly: true}}
	table := func(head [3]wire.Inline, arms, service wire.Inline) wire.Block {
		return wire.Block{Kind: wire.Table, Rows: [][]wire.Inline{head[:], {arms, "141", "188"}, {service, "123", "124"}}}
	}
	edition := func(language, headline, subhead, city, lead, quote string, t wire.Block, about string) wire.Edition {
		e := wire.Edition{Language: language, Headline: headline, Subheads: []string{subhead}, Dateline: wire.Dateline{City: city, Country: "NO", Date: "2026-11-23", Mark: "WIREROOM"},
			Body: []wire.Block{wire.P(lead), wire.P(quote), t}, Boilerplate: []wire.Block{wire.P(about)}, Contacts: contacts, Note: "call before use"}
		if language != "en" {
			e.Translation = &wire.Translation{From: "en", By: "desk"}
		}
		return e
	}
	r := &wire.Release{ID: wire.NewReleaseID(), Facets: wire.Facets{
		Organisation: "Halden Robotics", Priority: wire.Urgent, Sectors: []string{"technology", "top-story"}, Places: []string{"NO"}, Subjects: []string{"04000000"},
		Instruments: []wire.Instrument{{MIC: "XOSL", Ticker: "HALD"}}},
		Editions: []wire.Edition{
			edition("en", "Halden Robotics raises full-year guidance after third-quarter orders climb 18%", "Demand for collaborative arms in Asia exceeded plan", "OSLO",
				"Halden Robotics today reported third-quarter orders of EUR 312 million, up 18% from a year earlier, and raised its guidance for the full year.",
				"“Customers in Asia asked for more than we had planned to build,” said Ingrid Sæther. “We have added a second shift in Halden and will open a service centre in Busan in March.”",
				table([3]wire.Inline{"Segment, EUR million", "Q3 2025", "Q3 2026"}, "Arms", "Service"), "Halden Robotics builds arms that work beside people. It employs 2,400 people in nine countries."),
			edition("ar", "هالدن روبوتكس ترفع توقعاتها للعام بأكمله بعد نمو طلبيات الربع الثالث 18%", "الطلب على الأذرع التعاونية في آسيا فاق الخطة", "أوسلو",
				"أعلنت شركة Halden Robotics اليوم طلبيات بقيمة 312 مليون يورو في الربع الثالث، بزيادة 18% عن العام السابق، ورفعت توقعاتها للعام بأكمله.",
				"وقالت إنغريد سيثر: «طلب عملاؤنا في آسيا أكثر مما خططنا لإنتاجه».",
				table([3]wire.Inline{"القطاع، مليون يورو", "الربع 3 2025", "الربع 3 2026"}, "الأذرع", "الخدمات"), "تصنع هالدن روبوتكس أذرعًا تعمل إلى جانب الناس، ويعمل لديها 2,400 شخص في تسع دول."),
			edition("ja", "ハルデン・ロボティクス、第3四半期の受注18%増を受け通期見通しを引き上げ", "アジアで協働アームの需要が計画を上回る", "オスロ",
				"ハルデン・ロボティクスは本日、第3四半期の受注額が前年同期比18%増の3億1,200万ユーロになったと発表し、通期見通しを引き上げた。",
				"イングリッド・セーテル氏は「アジアの顧客の需要は、当社の生産計画を上回った」と述べた。",
				table([3]wire.Inline{"部門（百万ユーロ）", "25年第3四半期", "26年第3四半期"}, "アーム", "サービス"), "ハルデン・ロボティクスは人と並んで働くアームを製造し、9か国に2,400人の従業員を擁する。"),
			edition("zh-Hant", "哈爾登機器人第三季訂單成長18%，調高全年財測", "亞洲協作手臂需求超出計畫", "奧斯陸",
				"哈爾登機器人今日公布，第三季訂單金額為3.12億歐元，較去年同期成長18%，並調高全年財測。", "英格麗·塞特表示：「亞洲客戶的需求超出我們的生產計畫。」",
				table([3]wire.Inline{"部門（百萬歐元）", "2025年第三季", "2026年第三季"}, "手臂", "服務"), "哈爾登機器人製造與人並肩工作的手臂，在九個國家僱用2,400人。"),
			edition("th", "ฮัลเดนโรโบติกส์ปรับเพิ่มคาดการณ์ทั้งปี หลังคำสั่งซื้อไตรมาสสามเพิ่มขึ้น 18%", "ความต้องการแขนกลในเอเชียสูงกว่าแผน", "ออสโล",
				"ฮัลเดนโรโบติกส์รายงานวันนี้ว่าคำสั่งซื้อไตรมาสที่สามมีมูลค่า 312 ล้านยูโร เพิ่มขึ้น 18% จากปีก่อน และปรับเพิ่มคาดการณ์ทั้งปี", "อิงกริด เซเธอร์ กล่าวว่า “ลูกค้าในเอเชียต้องการมากกว่าที่เราวางแผนผลิตไว้”",
				table([3]wire.Inline{"ส่วนงาน (ล้านยูโร)", "ไตรมาส 3/2568", "ไตรมาส 3/2569"}, "แขนกล", "บริการ"), "ฮัลเดนโรโบติกส์ผลิตแขนกลที่ทำงานเคียงข้างคน มีพนักงาน 2,400 คนในเก้าประเทศ"),
		}}
	f.clear(r, wire.Publish, nil, wire.Amendment{})
	return r.ID
}
