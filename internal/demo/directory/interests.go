package directory

// beatWeights are the sectors that journalists watch, as often as they are
// watched; what is in favour in a language is watched four times as often.
var beatWeights = []struct {
	sector string
	weight int
}{
	{"technology", 100}, {"finance", 80}, {"energy", 80}, {"health", 80}, {"environment", 60}, {"transport", 60},
	{"banking", 45}, {"consumer", 45}, {"retail", 45}, {"food", 45}, {"agriculture", 45}, {"education", 45}, {"telecoms", 45},
	{"manufacturing", 45}, {"automotive", 45}, {"government", 35}, {"travel", 35}, {"media", 35}, {"entertainment", 35},
	{"pharma", 25}, {"real-estate", 25}, {"construction", 25}, {"insurance", 25}, {"sports", 25}, {"mining", 20},
	{"biotech", 15}, {"aerospace", 15}, {"chemicals", 15}, {"crypto", 15},
}

// taste is what the newsrooms of a language want.
type taste struct {
	favour  string // sectors
	breadth int    // sectors that one desk covers at most; small newsrooms cover many
	general int    // of a hundred, how many are general news desks
	also    string // languages that are read beside it
	words   string // what is watched for, words and phrases between |
	issuers string // organisations that are watched, with a ticker after = where they are listed
}

var tastes = map[string]taste{
	"en": {
		favour: "technology finance", breadth: 3, general: 3, also: "fr de es",
		words:   `robot|robotics|battery|"artificial intelligence"|merger|acquisition|dividend|"interest income"|"clinical trial"|vaccine|university|"climate change"|weather|school|startup|cybersecurity|semiconductor|"supply chain"|"care homes"|gripper|shipping|airline|mortgage|"small companies"|"solar power"|hydrogen|inflation|layoffs|apprentices|satellite`,
		issuers: `Halden Robotics=HALD|Calder Vale Bank=CVBK|Larkfield University|白樺メカトロ=SRKB|Brightmoor Energy=BRME|Ostrand Shipping=OSTR|Penhallow Foods=PNHF|Quillon Semiconductors=QLLN|Tarn Biologics=TARN|Umber Airlines=UMBR|Vantry Insurance=VNTR|Westerby Retail=WSTB|Kestrel Orbital=KSTR|Mossgate Homes=MSSG|Fallow Media=FLLW|Greyfriars Steel=GRYF`,
	},
	"ar": {
		favour: "energy technology telecoms education", breadth: 4, general: 34, also: "en fr",
		words:   `الطاقة|"الطاقة الشمسية"|"تحلية المياه"|الاستثمار|النفط|الغاز|المناخ|التعليم|المدارس|الإنترنت|"الذكاء الاصطناعي"|الموانئ|الصيادين|العواصف|البلديات|السياحة|البنوك|الصحة|الاتصالات|"المياه"|القمح|الرياضة|الإسكان|"التحول الرقمي"`,
		issuers: `ندى لتقنيات المياه=NADA|Sahélia Télécom=SAHT|واحة القابضة=WAHA|مصرف الرمال=RMAL|طيران السنونو=SNUN|اتصالات الهلال=HILT|أسمنت الجبل=JBLC|مستشفيات الأمل|عقارات المرسى=MRSA|غذاء الوادي=WADI|بتروكيماويات الساحل=SHLP|جامعة الساحل الأزرق`,
	},
	"zh-Hans": {
		favour: "technology automotive transport", breadth: 4, general: 3, also: "en zh-Hant",
		words:   `电池|钠离子|公交车|新能源|人工智能|芯片|投资|上市|医院|教育|出口|充电|机器人|"首席执行官"|房地产|电商|航天|环保|零售|港口|旅游|半导体|职业院校|"东南亚市场"`,
		issuers: `星禾动力=XHDL|云帆航运=YFHY|青岳银行=QYYH|北辰芯片=BCXP|沐阳制药=MYZY|丰稷农业=FJNY|长汀地产=CTDC|蓝鹊传媒=LQCM|启明机器人=QMJQ|玉衡保险=YHBX|松涛能源=STNY|万里物流=WLWL`,
	},
	"zh-Hant": {
		favour: "finance banking technology", breadth: 4, general: 4, also: "en zh-Hans",
		words:   `銀行|貸款|利率|小型企業|投資|電池|人工智慧|半導體|醫院|教育|港口|零售|旅遊|房地產|"企業客戶"|裝修|餐飲|上市|電動車|物流|環保|遊戲|合約|還款`,
		issuers: `嵐灣銀行=LWBK|鹿洲證券=LCSC|雲嶼電訊=YYTC|青埔電子=CPEL|東溪航空=DXAR|鶴門地產=HMPR|竹浦製藥=CPPH|海角影業=HKFM|晴寮食品=CLFD|礁灣航運=CWSH`,
	},
	"fr": {
		favour: "agriculture food technology", breadth: 4, general: 3, also: "en de",
		words:   `lait|éleveurs|coopérative|énergie|usine|écoles|"haut débit"|élèves|solaire|santé|emplois|"intelligence artificielle"|hydrogène|transport|climat|banque|logement|"prix payé"|fromages|luxe|aéronautique|tourisme|étiquette|réseau`,
		issuers: `Coopérative Ravelle|Sahélia Télécom=SAHT|Banque des Deux Rives=BDRV|Aéro Montclair=AEMC|Laboratoires Verneuil=LVRN|Groupe Hautefeuille=HTFL|Énergies du Causse=ECSE|Ferroviaire Valbonne=FVLB|Maison Orsay-Lune=ORSL|Assurances Cormoran=CORM|Médias Belleplume=BLPM`,
	},
	"de": {
		favour: "technology manufacturing transport", breadth: 4, general: 3, also: "en fr",
		words:   `Roboter|Robotik|Wasserstoff|Batterie|Werk|Fahrplan|Arbeitsplätze|Energie|"Künstliche Intelligenz"|Klinik|Umsatz|Auszubildende|Bahn|Pendler|Mittelstand|Maschinenbau|Wohnungsbau|Dividende|Klimaschutz|Versicherung|Landwirtschaft|"grünen Wasserstoff"|Greifer|Handel`,
		issuers: `Halden Robotics=HALD|Nordwaldbahn|Steinfurt Maschinenbau=STFM|Birkenau Pharma=BRKP|Lauterbank=LTBK|Falkenberg Logistik=FKBL|Hohenfeld Chemie=HHFC|Oberwald Versicherung=OBWV|Westerhausen Bau=WSTH|Altmoor Energie=ALME|Lindenhof Medien=LDHM`,
	},
	"ja": {
		favour: "technology health manufacturing", breadth: 4, general: 4, also: "en",
		words:   `ロボット|介護|電池|工場|人工知能|半導体|病院|新製品|"介護施設"|腰痛|自動車|観光|教育|決算|配当|水素|農業|小売|宇宙|医療|ゲーム|物流|認証|実証`,
		issuers: `白樺メカトロ=SRKB|青葉製薬=AOBP|若宮電機=WKMD|北斗海運=HKTK|鶴見銀行=TRMB|桜野食品=SKRN|浅瀬通信=ASTS|松原重工=MTBH|霧島エナジー=KRSE|星里エンタテインメント=HSZT|稲森不動産=INMR`,
	},
	"ko": {
		favour: "entertainment technology media", breadth: 5, general: 4, also: "en",
		words:   `게임|시각장애인|배터리|반도체|인공지능|병원|수출|공장|드라마|음향|스타트업|교육|금융|화장품|"온라인 게임"|부동산|자동차|로봇|배당|여행|통신|출시|기부|바이오`,
		issuers: `하늘바람게임즈=HNBG|새벽전자=SBJE|푸른들식품=PRDF|은하제약=EHPH|가온은행=GAON|해솔조선=HSSB|너른통신=NRTC|달빛엔터테인먼트=DLBT|한빛나루증권=HBNR|물결항공=MGAL`,
	},
	"id": {
		favour: "agriculture food technology", breadth: 5, general: 5, also: "en ms",
		words:   `petani|sekolah|ekspor|energi|pabrik|teknologi|koperasi|gizi|investasi|beras|nikel|pariwisata|kesehatan|perbankan|"petani kecil"|sayur|saham|otomotif|pendidikan|"energi terbarukan"|properti|panen|logistik|"batu bara"`,
		issuers: `Lumbung Nusa=LMBG|Bank Samudra Biru=BSMB|Tambang Cendana=TCND|Angkasa Rinjani Air=ARJN|Sawit Lestari Abadi=SLAB|Farmasi Kencana=FKCN|Telko Nusantara Jaya=TNJY|Semen Bukit Raya=SBRY|Ritel Melati=RMLT|Energi Surya Kapuas=ESKP`,
	},
	"ms": {
		favour: "agriculture food technology health government", breadth: 7, general: 6, also: "en id",
		words:   `petani|sekolah|hospital|strok|ambulans|kesihatan|teknologi|eksport|tenaga|kilang|koperasi|perbankan|pelancongan|pelaburan|"kecerdasan buatan"|makanan|sawit|pendidikan|kerajaan|sayur|hartanah|doktor|saham|halal`,
		issuers: `Lumbung Nusa=LMBG|Kumpulan Hospital Selaras=SLRS|Bank Seri Bayu=BSBY|Sawit Angsana=SWAG|Telekom Mentari=TMTR|Getah Permata=GTPM|Penerbangan Kenari=PKNR|Minyak Delima=MDLM`,
	},
	"pt": {
		favour: "agriculture food environment", breadth: 5, general: 4, also: "en es",
		words:   `café|energia|fábrica|exportação|saúde|agricultores|cooperativa|soja|mineração|"mata nativa"|investimento|banco|hospital|escola|futebol|varejo|turismo|rastreamento|produtor|aeroporto|startup|petróleo|safra|seguro`,
		issuers: `Serra Alva Cafés=SALV|Banco Monte Belo=BMTB|Mineradora Rio Manso=MRMS|Aviação Albatroz=AALB|Saúde Aurora=SAUR|Varejo Girassol=VGRS|Telecom Mirante=TMIR|Energia das Marés=EMRS|Seguros Farol=SFRL|Construtora Campo Verde=CCVD`,
	},
	"ru": {
		favour: "transport retail manufacturing", breadth: 5, general: 4, also: "en",
		words:   `логистика|контейнеров|поезда|экспорт|энергия|завод|"железной дороге"|порт|банк|нефть|больница|образование|технологии|торговля|терминал|металлургия|"искусственный интеллект"|авиация|урожай|инвестиции|недвижимость|накладная|Баку|страхование`,
		issuers: `Степной путь=STPT|Северо-Лесской банк=SLBK|Белогорье Агро=BGAG|Каменная сталь=KMST|Тихая гавань=TGVN|Светлоград Телеком=SVTL|Аврора Фарм=AVFM|Заречье Нефтехим=ZRNH|Авиалинии «Стриж»=STRZ|Дом книги «Лира»`,
	},
	"es": {
		favour: "energy environment health finance", breadth: 4, general: 3, also: "en pt",
		words:   `energía|eólica|viento|hospital|cirugía|"pequeñas empresas"|electricidad|salud|exportaciones|minería|litio|banco|turismo|escuela|"precio fijo"|fábrica|agua|vivienda|cataratas|fútbol|comercio|empleo|"energías renovables"|telecomunicaciones`,
		issuers: `Viento Claro Energía=VCLA|Fundación Mirador|Banco Sierra Alta=BSAL|Minera Cobre Quieto=MCQT|Aerolíneas Cóndor Gris=ACGR|Laboratorios Valdehermoso=LVHM|Telefonía Austral=TAUS|Cementos Campo Blanco=CCBL|Alimentos La Espiga=ALES|Seguros Torre Vieja=STVJ|Grupo Editorial Laurel=GELR`,
	},
	"th": {
		favour: "travel environment transport", breadth: 7, general: 6, also: "en",
		words:   `ท่องเที่ยว|โรงแรม|พลังงาน|โรงงาน|ส่งออก|โรงพยาบาล|ชุมชน|แม่น้ำ|"พลังงานแสงอาทิตย์"|ธนาคาร|การศึกษา|เกษตร|ข้าว|ยานยนต์|เทคโนโลยี|อสังหาริมทรัพย์|เรือไฟฟ้า|ค้าปลีก|หุ้น|ลาว|สุขภาพ|อาหาร|สิ่งแวดล้อม|ดิจิทัล`,
		issuers: `เครือโรงแรมริมน้ำไทย=RNT|ธนาคารทุ่งทอง=TTB|พลังงานฟ้าใส=PFS|สายการบินนกยูง=NYA|อาหารทะเลแสงจันทร์=SSC|โทรคมนาคมลมเย็น=LYT|ปูนดอยคำ=PDK|โรงพยาบาลใบไม้=BMH`,
	},
	"vi": {
		favour: "agriculture food environment", breadth: 7, general: 6, also: "en",
		words:   `tôm|"thủy sản"|"xuất khẩu"|"rừng ngập mặn"|"nhà máy"|"năng lượng"|"bệnh viện"|"ngân hàng"|"giáo dục"|"du lịch"|"chứng khoán"|"Nhật Bản"|"biến đổi khí hậu"|"cà phê"|lúa|"bất động sản"|"công nghệ"|"trí tuệ nhân tạo"|"điện mặt trời"|"kháng sinh"|"đầu tư"|"bán lẻ"|"giao thông"|"bảo hiểm"`,
		issuers: `Thủy sản Biển Lặng=BLTS|Ngân hàng Hải Đăng=NHHD|Dược Hoa Sa=DHSA|Hàng không Cánh Én=HKCE|Viễn thông Sông Xanh=VTSX|Xi măng Phú Khê=XMPK|Điện gió Tân Thanh=DGTT|Bán lẻ Kim Minh=BLKM`,
	},
}
