package formattest

// text is the words of one edition, written for these tests.
type text struct {
	headline, subhead, city, lead, heading, first, second, year, ferries, quote, about, disclaimer, role string
}

var texts = map[string]text{
	"en": {
		"Halden orders twelve electric ferries & opens a yard in Singapore", "“Quiet & clean”: the first sails in 2027", "Singapore",
		"has ordered twelve electric ferries, the company said on Tuesday.", "What is new", "Twelve ferries for 300 passengers each", "No emissions of",
		"Year", "Ferries", "A ferry must be heard by nobody.", "Halden & Söhne has built ferries since 1921.", "The text is the issuer's; the provider is not liable for it.", "Head of press",
	},
	"ar": {
		"هالدن تطلب اثنتي عشرة عبّارة كهربائية وتفتتح حوضاً في سنغافورة", "أول عبّارة (A-1) تبحر في 2027", "سنغافورة",
		"طلبت اثنتي عشرة عبّارة كهربائية، بحسب ما أعلنته الشركة يوم الثلاثاء.", "ما الجديد", "اثنتا عشرة عبّارة تتسع كل منها لـ 300 راكب", "بلا انبعاثات من",
		"السنة", "العبّارات", "يجب ألا يسمع أحد صوت العبّارة.", "تبني هالدن العبّارات منذ عام 1921.", "النص مسؤولية الجهة المصدرة وحدها.", "مديرة الإعلام",
	},
	"zh-Hans": {
		"哈尔登订购十二艘电动渡轮并在新加坡开设船厂", "首艘渡轮将于2027年启航", "新加坡",
		"周二宣布订购十二艘电动渡轮。", "新在何处", "十二艘渡轮，每艘载客三百人", "不排放",
		"年份", "渡轮", "渡轮不应打扰任何人。", "哈尔登自1921年起建造渡轮。", "本文由发布方负责，供稿方不承担责任。", "新闻主管",
	},
	"zh-Hant": {
		"哈爾登訂購十二艘電動渡輪並在新加坡開設船廠", "首艘渡輪將於2027年啟航", "新加坡",
		"週二宣布訂購十二艘電動渡輪。", "新在何處", "十二艘渡輪，每艘載客三百人", "不排放",
		"年份", "渡輪", "渡輪不應打擾任何人。", "哈爾登自1921年起建造渡輪。", "本文由發布方負責，供稿方不承擔責任。", "新聞主管",
	},
	"fr": {
		"Halden commande douze ferries électriques et ouvre un chantier à Singapour", "« Propre et silencieux » : le premier navire partira en 2027", "Singapour",
		"a commandé douze ferries électriques, a annoncé l’entreprise mardi.", "Ce qui change", "Douze ferries de 300 passagers chacun", "Aucune émission de",
		"Année", "Ferries", "Un ferry ne doit déranger personne.", "Halden construit des ferries depuis 1921.", "Le texte n’engage que son émetteur.", "Responsable de la presse",
	},
	"de": {
		"Halden bestellt zwölf elektrische Fähren und eröffnet eine Werft in Singapur", "„Leise & sauber“: Die erste fährt 2027", "Groß-Singapur",
		"hat zwölf elektrische Fähren bestellt, teilte das Unternehmen am Dienstag mit.", "Was neu ist", "Zwölf Fähren für je 300 Fahrgäste", "Kein Ausstoß von",
		"Jahr", "Fähren", "Eine Fähre darf niemanden stören.", "Halden baut seit 1921 Fähren.", "Für den Text haftet allein der Absender.", "Leiterin der Pressestelle",
	},
	"id": {
		"Halden memesan dua belas feri listrik dan membuka galangan di Singapura", "Feri pertama berlayar pada 2027", "Singapura",
		"memesan dua belas feri listrik, kata perusahaan itu pada hari Selasa.", "Apa yang baru", "Dua belas feri untuk masing-masing 300 penumpang", "Tanpa emisi",
		"Tahun", "Feri", "Feri tidak boleh mengganggu siapa pun.", "Halden membangun feri sejak 1921.", "Isi teks adalah tanggung jawab penerbitnya.", "Kepala hubungan pers",
	},
	"ja": {
		"ハルデン、電気フェリー12隻を発注　シンガポールに造船所", "1番船は2027年に就航", "シンガポール",
		"は火曜日、電気フェリー12隻を発注したと発表した。", "新しい点", "定員300人のフェリー12隻", "排出しないもの：",
		"年", "フェリー", "フェリーは誰の邪魔にもなってはならない。", "ハルデンは1921年からフェリーを建造している。", "本文の責任は発表元にある。", "広報責任者",
	},
	"ko": {
		"할덴, 전기 페리 12척 발주하고 싱가포르에 조선소 열어", "첫 배는 2027년 취항", "싱가포르",
		"전기 페리 12척을 발주했다고 화요일 밝혔다.", "새로운 점", "승객 300명씩 태우는 페리 12척", "배출하지 않는 것:",
		"연도", "페리", "페리는 누구도 방해해서는 안 된다.", "할덴은 1921년부터 페리를 만들어 왔다.", "본문의 책임은 발표 기관에 있다.", "홍보 책임자",
	},
	"ms": {
		"Halden menempah dua belas feri elektrik dan membuka limbungan di Singapura", "Feri pertama belayar pada 2027", "Singapura",
		"telah menempah dua belas feri elektrik, kata syarikat itu pada hari Selasa.", "Apa yang baharu", "Dua belas feri untuk 300 penumpang setiap satu", "Tiada pelepasan",
		"Tahun", "Feri", "Feri tidak patut mengganggu sesiapa.", "Halden membina feri sejak 1921.", "Teks ini tanggungjawab pengeluarnya.", "Ketua media",
	},
	"pt": {
		"Halden encomenda doze balsas elétricas e abre um estaleiro em Singapura", "A primeira navegará em 2027", "São Singapura",
		"encomendou doze balsas elétricas, informou a empresa na terça-feira.", "O que há de novo", "Doze balsas para 300 passageiros cada", "Sem emissões de",
		"Ano", "Balsas", "Uma balsa não deve incomodar ninguém.", "A Halden constrói balsas desde 1921.", "O texto é da responsabilidade do emissor.", "Chefe de imprensa",
	},
	"ru": {
		"«Хальден» заказал двенадцать электрических паромов и открыл верфь в Сингапуре", "Первый выйдет в море в 2027 году", "Сингапур",
		"заказала двенадцать электрических паромов, сообщила компания во вторник.", "Что нового", "Двенадцать паромов на 300 пассажиров каждый", "Без выбросов",
		"Год", "Паромы", "Паром не должен никому мешать.", "Компания строит паромы с 1921 года.", "За текст отвечает только отправитель.", "Руководитель пресс-службы",
	},
	"es": {
		"Halden encarga doce transbordadores eléctricos y abre un astillero en Singapur", "El primero zarpará en 2027", "Singapur",
		"ha encargado doce transbordadores eléctricos, anunció la empresa el martes.", "Qué hay de nuevo", "Doce transbordadores para 300 pasajeros cada uno", "Sin emisiones de",
		"Año", "Transbordadores", "Un transbordador no debe molestar a nadie.", "Halden construye transbordadores desde 1921.", "El texto es responsabilidad de su emisor.", "Jefa de prensa",
	},
	"th": {
		"ฮัลเดนสั่งเรือข้ามฟากไฟฟ้าสิบสองลำและเปิดอู่เรือในสิงคโปร์", "ลำแรกจะออกเดินเรือในปี 2027", "สิงคโปร์",
		"สั่งเรือข้ามฟากไฟฟ้าสิบสองลำ บริษัทประกาศเมื่อวันอังคาร", "มีอะไรใหม่", "เรือสิบสองลำ จุผู้โดยสารลำละ 300 คน", "ไม่ปล่อย",
		"ปี", "เรือ", "เรือข้ามฟากต้องไม่รบกวนใคร", "ฮัลเดนต่อเรือข้ามฟากมาตั้งแต่ปี 1921", "ผู้ออกข่าวเป็นผู้รับผิดชอบเนื้อหา", "หัวหน้าฝ่ายสื่อ",
	},
	"vi": {
		"Halden đặt mười hai phà điện và mở xưởng đóng tàu tại Singapore", "Chiếc đầu tiên ra khơi năm 2027", "Singapore",
		"đã đặt mười hai phà điện, công ty cho biết hôm thứ Ba.", "Có gì mới", "Mười hai phà, mỗi chiếc chở 300 khách", "Không phát thải",
		"Năm", "Phà", "Phà không được làm phiền ai.", "Halden đóng phà từ năm 1921.", "Đơn vị phát hành chịu trách nhiệm về nội dung.", "Phụ trách báo chí",
	},
}
