package directory

// masthead lists: kind, form of the name, word for the domain.
type pressData struct {
	heads, tails string // halves of invented places, as pairs reads them
	between      string
	mastheads    string
}

// press is how newsrooms are called, by language. The places do not exist, or
// only by chance.
var press = map[string]pressData{
	"en": {
		heads: `Ash Bram Cold Dun Elm Fern Glen Har King Lang Mar North Oak Pen Quarry Raven Silver Thorn Under West Alder Birch Copper Stan`,
		tails: `mere wick ford haven stead vale moor bridge combe gate field port`,
		mastheads: `newspaper|The %s Courier|courier
			newspaper|%s Daily Standard|standard
			newspaper|The %s Chronicle|chronicle
			newspaper|%s Evening Post|post
			newspaper|The %s Mercury|mercury
			online|%s Business Review|business
			online|%s Online|online
			online|The %s Brief|brief
			online|%s Tech Notebook|tech
			online|%s Markets Today|markets
			broadcast|Radio %s News|radio
			broadcast|%s Television|tv
			agency|%s Press Association|press
			terminal|%s Terminal Services|terminal`,
	},
	"ar": {
		heads:   `مرسى/marsa وادي/wadi تل/tal عين/ain قصر/qasr برج/burj جبل/jabal ساحل/sahel خليج/khalij واحة/waha باب/bab دار/dar`,
		tails:   `الريحان/rayhan اللؤلؤ/lulu النخيل/nakhil الزيتون/zaytun الفجر/fajr النسيم/nasim الياسمين/yasmin المرجان/murjan الصقر/saqr الغزال/ghazal الندى/nada السنابل/sanabil`,
		between: " ",
		mastheads: `newspaper|صحيفة %s|sahifa
			newspaper|جريدة %s اليومية|jarida
			newspaper|أخبار %s|akhbar
			newspaper|صدى %s|sada
			online|بوابة %s الإخبارية|bawaba
			online|%s الاقتصادية|iqtisad
			online|موقع %s نت|net
			online|مجلة %s للتقنية|taqniya
			broadcast|إذاعة %s|radio
			broadcast|قناة %s الفضائية|tv
			agency|وكالة %s للأنباء|agency
			terminal|%s لخدمات الشاشات المالية|terminal`,
	},
	"zh-Hans": {
		heads: `云/yun 江/jiang 北/bei 南/nan 青/qing 金/jin 白/bai 秋/qiu 松/song 星/xing 玉/yu 霞/xia`,
		tails: `川/chuan 屏/ping 岭/ling 浦/pu 洲/zhou 泽/ze 渡/du 岚/lan 坪/ping 埠/bu`,
		mastheads: `newspaper|%s日报|ribao
			newspaper|%s晚报|wanbao
			newspaper|%s商报|shangbao
			newspaper|%s时报|shibao
			online|%s财经|caijing
			online|%s新闻网|xinwen
			online|%s科技观察|keji
			online|%s在线|zaixian
			broadcast|%s广播电台|guangbo
			broadcast|%s卫视|weishi
			agency|%s通讯社|tongxun
			terminal|%s金融终端|zhongduan`,
	},
	"zh-Hant": {
		heads: `雲/wan 海/hoi 嵐/lam 東/tung 青/ching 鹿/luk 竹/chuk 鶴/hok 晴/ching 礁/chiu 楓/fung 玉/yuk`,
		tails: `灣/wan 洲/chau 埔/po 嶼/yu 崙/lun 寮/liao 角/kok 溪/hsi 門/mun 浦/pu`,
		mastheads: `newspaper|%s時報|times
			newspaper|%s日報|daily
			newspaper|%s晚報|evening
			newspaper|%s商報|commercial
			online|%s新聞網|news
			online|%s財經|finance
			online|%s科技週報|techweekly
			online|%s觀點|views
			broadcast|%s電台|radio
			broadcast|%s電視新聞|tv
			agency|%s通訊社|agency
			terminal|%s金融資訊|terminal`,
	},
	"fr": {
		heads: `Beau Mont Roche Val Clair Haute Belle Pont Vieux Grand Bois Font`,
		tails: `rivage brune lac fontaine marais pré roc vigne court mesnil chêne tour`,
		mastheads: `newspaper|Le Courrier de %s|courrier
			newspaper|La Gazette de %s|gazette
			newspaper|L’Écho de %s|echo
			newspaper|Le Quotidien de %s|quotidien
			newspaper|La Dépêche de %s|depeche
			online|%s Économie|economie
			online|%s Actu|actu
			online|Le Carnet numérique de %s|numerique
			online|%s Matin en ligne|matin
			broadcast|Radio %s|radio
			broadcast|Télé %s|tele
			agency|Agence %s Presse|agence
			terminal|%s Données financières|donnees`,
	},
	"de": {
		heads: `Linden Moor Nord Alt Birken Eichen Falken Grau Hohen Kranich Lauter Neuen Ober Stein Unter Wester`,
		tails: `au hafen feld berg brück stedt hausen bach tal wald roth furt`,
		mastheads: `newspaper|%ser Kurier|kurier
			newspaper|%ser Tageblatt|tageblatt
			newspaper|%ser Anzeiger|anzeiger
			newspaper|Der %ser Bote|bote
			newspaper|%ser Allgemeine|allgemeine
			online|Wirtschaft %s|wirtschaft
			online|%s heute|heute
			online|Technikblick %s|technik
			online|Börsenblatt %s|boerse
			broadcast|Funkhaus %s|funkhaus
			broadcast|%s Fernsehen|fernsehen
			agency|%ser Pressedienst|pressedienst
			terminal|%ser Finanzterminal|terminal`,
	},
	"id": {
		heads:   `Tanjung Bukit Teluk Sinar Muara Kota Pulau Gunung Lembah Pantai`,
		tails:   `Raya Indah Biru Harapan Kencana Melati Cempaka Sentosa Elang Mutiara Permai Jaya`,
		between: " ",
		mastheads: `newspaper|Harian %s|harian
			newspaper|Suara %s|suara
			newspaper|Pos %s|pos
			newspaper|Kabar %s|kabar
			online|%s Bisnis|bisnis
			online|%s Daring|daring
			online|Lentera %s|lentera
			online|Tekno %s|tekno
			broadcast|Radio %s|radio
			broadcast|%s Televisi|tv
			agency|Kantor Berita %s|berita
			terminal|%s Data Pasar|pasar`,
	},
	"ja": {
		heads: `青/ao 白/shira 北/kita 若/waka 桜/sakura 霧/kiri 鶴/tsuru 松/matsu 湯/yu 浅/asa 星/hoshi 稲/ina`,
		tails: `浜/hama 野/no 宮/miya 原/hara 沢/sawa 瀬/se 森/mori 里/sato 岬/misaki 戸/to`,
		mastheads: `newspaper|%s新聞|shimbun
			newspaper|%s日報|nippo
			newspaper|%s経済新報|keizai
			newspaper|%s毎夕新聞|maiyu
			online|週刊%s|shukan
			online|%sオンライン|online
			online|%sテックレビュー|tech
			online|%sビジネス|business
			broadcast|%s放送|hoso
			broadcast|%sテレビ|tv
			agency|%s通信|tsushin
			terminal|%s金融端末|tanmatsu`,
	},
	"ko": {
		heads: `한빛/hanbit 새벽/saebyeok 푸른/pureun 솔향/solhyang 달빛/dalbit 너른/neoreun 은하/eunha 물결/mulgyeol 가온/gaon 해솔/haesol`,
		tails: `들/deul 마루/maru 나루/naru 고을/goeul 벌/beol 섬/seom 재/jae 내/nae`,
		mastheads: `newspaper|%s일보|ilbo
			newspaper|%s신문|sinmun
			newspaper|%s경제|gyeongje
			newspaper|%s저널|journal
			online|%s뉴스|news
			online|%s투데이|today
			online|테크%s|tech
			online|%s비즈|biz
			broadcast|%s방송|bangsong
			broadcast|%s라디오|radio
			agency|%s통신|tongsin
			terminal|%s금융정보|terminal`,
	},
	"ms": {
		heads:   `Seri Bandar Teluk Pantai Kampung Tanjung Kuala Taman`,
		tails:   `Bayu Cahaya Damai Kenanga Permata Delima Angsana Seroja Bestari Mentari`,
		between: " ",
		mastheads: `newspaper|Berita %s|berita
			newspaper|Utusan %s|utusan
			newspaper|Warta %s|warta
			newspaper|Suara %s|suara
			online|%s Niaga|niaga
			online|%s Dalam Talian|talian
			online|Teknologi %s|teknologi
			broadcast|Radio %s|radio
			broadcast|TV %s|tv
			agency|Agensi Berita %s|agensi
			terminal|%s Data Kewangan|kewangan`,
	},
	"pt": {
		heads:   `Vila Porto Monte Rio Serra Campo Ponta Lagoa Santa Barra`,
		tails:   `Verde Azul Alegre do_Sol do_Norte da_Aurora da_Prata do_Mirante das_Flores dos_Ventos`,
		between: " ",
		mastheads: `newspaper|Correio de %s|correio
			newspaper|Diário de %s|diario
			newspaper|Jornal de %s|jornal
			newspaper|Gazeta de %s|gazeta
			newspaper|A Tribuna de %s|tribuna
			online|%s Negócios|negocios
			online|Portal %s|portal
			online|%s Tecnologia|tecnologia
			online|Folha Digital de %s|folha
			broadcast|Rádio %s|radio
			broadcast|TV %s|tv
			agency|Agência %s|agencia
			terminal|%s Dados de Mercado|dados`,
	},
	"ru": {
		heads: `Северо/severo Ново/novo Красно/krasno Бело/belo Верхне/verkhne Светло/svetlo Озерно/ozerno Старо/staro Лесо/leso Тихо/tikho`,
		tails: `град/grad речье/rechye лесск/lessk морск/morsk каменск/kamensk полье/polye горск/gorsk донск/donsk`,
		mastheads: `newspaper|%s сегодня|segodnya
			newspaper|Вечерний %s|vecherniy
			newspaper|Газета «%s»|gazeta
			newspaper|Вестник «%s»|vestnik
			newspaper|Курьер «%s»|kurier
			online|Деловой %s|delovoy
			online|%s онлайн|online
			online|Технологии. %s|tech
			broadcast|Радио «%s»|radio
			broadcast|Телеканал «%s»|tv
			agency|Агентство новостей «%s»|agentstvo
			terminal|%s Рынки|rynki`,
	},
	"es": {
		heads:   `Puerto Sierra Valle Villa Monte Río Campo Torre Santa Laguna`,
		tails:   `Alegre Verde Azul Grande del_Norte del_Alba del_Sauce del_Viento de_la_Luz de_Plata de_las_Garzas de_los_Olmos`,
		between: " ",
		mastheads: `newspaper|El Correo de %s|correo
			newspaper|Diario de %s|diario
			newspaper|La Voz de %s|voz
			newspaper|El Heraldo de %s|heraldo
			newspaper|La Gaceta de %s|gaceta
			online|%s Económico|economico
			online|%s Digital|digital
			online|Cuaderno Tecnológico de %s|tecno
			online|%s Hoy|hoy
			broadcast|Radio %s|radio
			broadcast|Televisión de %s|tv
			agency|Agencia %s|agencia
			terminal|%s Mercados|mercados`,
	},
	"th": {
		heads: `ท่า/tha บ้าน/ban เมือง/mueang ริม/rim ทุ่ง/thung ดอย/doi หาด/hat บาง/bang`,
		tails: `ฟ้าใส/fasai ตะวัน/tawan น้ำค้าง/namkhang ดาวเรือง/daoruang ลมเย็น/lomyen แสงทอง/saengthong ใบไม้/baimai จันทร์งาม/channgam`,
		mastheads: `newspaper|หนังสือพิมพ์%s|nangsuephim
			newspaper|%sรายวัน|raiwan
			newspaper|%sโพสต์|post
			newspaper|เสียง%s|siang
			online|%sธุรกิจ|thurakit
			online|%sออนไลน์|online
			online|%sเทคโนโลยี|tech
			broadcast|สถานีวิทยุ%s|radio
			broadcast|สถานีโทรทัศน์%s|tv
			agency|สำนักข่าว%s|samnakkhao
			terminal|%sข้อมูลตลาดทุน|talat`,
	},
	"vi": {
		heads:   `Bình Hải Sông Đồng Phú Vĩnh Tân Kim Hoa Lam`,
		tails:   `Minh Đăng Xanh Quê Khê Hòa Thanh Sa Lâm Nguyên`,
		between: " ",
		mastheads: `newspaper|Báo %s|bao
			newspaper|Thời báo %s|thoibao
			newspaper|Nhật báo %s|nhatbao
			newspaper|Tiếng nói %s|tiengnoi
			online|%s Kinh tế|kinhte
			online|%s Trực tuyến|tructuyen
			online|Công nghệ %s|congnghe
			broadcast|Đài Phát thanh %s|phatthanh
			broadcast|Truyền hình %s|truyenhinh
			agency|Thông tấn xã %s|thongtan
			terminal|%s Dữ liệu thị trường|dulieu`,
	},
}
