package demo

// What invented outlets and people are called, by language. Given and family
// names are common ones; put together at random they name nobody.

type names struct {
	outlets       []string // %s is a place
	places        []string
	given, family []string
	givenASCII    []string // for addresses, in the order of given
	familyFirst   bool
	join          string   // between the two names
	words         []string // what journalists of the language watch for, in their script
}

var nameData = map[string]names{
	"en": {[]string{"The %s Courier", "%s Business Review", "%s Daily Standard", "Radio %s News", "%s Online"}, []string{"Harbourton", "Eastmere", "Northvale", "Ashford Bay", "Kingsmoor", "Westlake"},
		[]string{"Alice", "Daniel", "Grace", "Michael", "Nadia", "Oliver", "Priya", "Samuel"}, []string{"Bennett", "Clarke", "Hughes", "Mensah", "Patel", "Reid", "Turner", "Walsh"}, nil, false, " ", []string{"battery", "\"clean energy\"", "merger", "clinical", "port", "school"}},
	"ar": {[]string{"صحيفة %s", "مجلة %s الاقتصادية", "إذاعة %s", "موقع %s الإخباري"}, []string{"الواحة", "الميناء", "النخيل", "الفجر", "الربيع", "الجسر"},
		[]string{"ليلى", "عمر", "سارة", "يوسف", "هدى", "خالد", "نور", "طارق"}, []string{"حداد", "منصور", "العلي", "خوري", "السالم", "ناصر", "درويش", "الزين"}, []string{"layla", "omar", "sara", "yusuf", "huda", "khalid", "nour", "tariq"}, false, " ", []string{"الطاقة", "الاستثمار", "المدينة", "\"الطاقة الشمسية\"", "التعليم", "الميناء"}},
	"zh-Hans": {[]string{"%s日报", "%s商报", "%s财经", "%s广播新闻"}, []string{"海湾", "江东", "新岸", "云州", "南屏", "北川"},
		[]string{"伟", "芳", "敏", "静", "强", "磊", "娜", "洋"}, []string{"王", "李", "张", "刘", "陈", "杨", "赵", "黄"}, []string{"wei", "fang", "min", "jing", "qiang", "lei", "na", "yang"}, true, "", []string{"电池", "投资", "人工智能", "医院", "港口", "教育"}},
	"zh-Hant": {[]string{"%s時報", "%s商報", "%s財經", "%s新聞網"}, []string{"海灣", "江東", "新岸", "雲洲", "南屏", "北川"},
		[]string{"志明", "淑芬", "家豪", "怡君", "俊傑", "雅婷", "冠宇", "美玲"}, []string{"陳", "林", "黃", "張", "李", "王", "吳", "劉"}, []string{"chihming", "shufen", "chiahao", "yichun", "chunchieh", "yating", "kuanyu", "meiling"}, true, "", []string{"電池", "投資", "人工智慧", "醫院", "港口", "教育"}},
	"fr": {[]string{"Le Courrier de %s", "La Gazette de %s", "Radio %s", "%s Économie"}, []string{"Valmont", "Beaurivage", "Saint-Aubry", "Montclair", "Rochebrune"},
		[]string{"Camille", "Julien", "Léa", "Mathieu", "Aminata", "Hugo", "Inès", "Paul"}, []string{"Bernard", "Diallo", "Fournier", "Girard", "Lambert", "Moreau", "Roux", "Simon"}, []string{"camille", "julien", "lea", "mathieu", "aminata", "hugo", "ines", "paul"}, false, " ", []string{"énergie", "usine", "\"intelligence artificielle\"", "santé", "emplois"}},
	"de": {[]string{"%ser Kurier", "%ser Tageblatt", "Wirtschaft %s", "Funkhaus %s"}, []string{"Nordhafen", "Lindenau", "Altmark", "Seefeld", "Bergheim"},
		[]string{"Anna", "Felix", "Greta", "Jonas", "Katrin", "Lukas", "Miriam", "Tobias"}, []string{"Bauer", "Fischer", "Hoffmann", "Krüger", "Lange", "Schulz", "Vogel", "Wolf"}, []string{"anna", "felix", "greta", "jonas", "katrin", "lukas", "miriam", "tobias"}, false, " ", []string{"Batterie", "Werk", "Energie", "Klinik", "Umsatz"}},
	"id": {[]string{"Harian %s", "Suara %s", "%s Bisnis", "Radio %s"}, []string{"Tanjung Raya", "Bukit Indah", "Sinar Kota", "Teluk Biru"},
		[]string{"Agus", "Dewi", "Budi", "Sari", "Rizky", "Putri"}, []string{"Santoso", "Wijaya", "Pratama", "Lestari", "Hidayat", "Utami"}, nil, false, " ", []string{"energi", "pabrik", "ekspor", "teknologi"}},
	"ja": {[]string{"%s新聞", "%s経済新報", "%s放送", "週刊%s"}, []string{"湾岸", "東浜", "北都", "青葉野", "若宮"},
		[]string{"健太", "美咲", "翔", "陽子", "直樹", "由美", "大輔", "彩"}, []string{"佐藤", "鈴木", "高橋", "田中", "伊藤", "渡辺", "山本", "中村"}, []string{"kenta", "misaki", "sho", "yoko", "naoki", "yumi", "daisuke", "aya"}, true, " ", []string{"電池", "工場", "人工知能", "病院", "新製品"}},
	"ko": {[]string{"%s일보", "%s경제", "%s방송", "%s뉴스"}, []string{"한빛", "동해안", "새벽", "푸른들", "미래"},
		[]string{"민준", "서연", "지훈", "하은", "도윤", "수빈"}, []string{"김", "이", "박", "최", "정", "강"}, []string{"minjun", "seoyeon", "jihoon", "haeun", "doyoon", "subin"}, true, "", []string{"배터리", "공장", "인공지능", "병원", "수출"}},
	"ms": {[]string{"Berita %s", "Utusan %s", "%s Niaga", "Radio %s"}, []string{"Seri Bayu", "Pantai Timur", "Bandar Cahaya", "Teluk Damai"},
		[]string{"Aisyah", "Farid", "Nurul", "Hafiz", "Siti", "Azlan"}, []string{"Rahman", "Ismail", "Yusof", "Hassan", "Osman", "Karim"}, nil, false, " ", []string{"tenaga", "kilang", "eksport", "teknologi"}},
	"pt": {[]string{"Correio de %s", "Diário de %s", "%s Negócios", "Rádio %s"}, []string{"Vila Clara", "Porto Sereno", "Monte Belo", "Rio Manso"},
		[]string{"Ana", "Bruno", "Carla", "Diego", "Helena", "Rui"}, []string{"Almeida", "Barbosa", "Costa", "Ferreira", "Rocha", "Teixeira"}, []string{"ana", "bruno", "carla", "diego", "helena", "rui"}, false, " ", []string{"energia", "fábrica", "exportação", "saúde"}},
	"ru": {[]string{"%s курьер", "Вечерний %s", "%s экономика", "Радио %s"}, []string{"Приморск", "Северолес", "Заречье", "Новоград"},
		[]string{"Анна", "Дмитрий", "Елена", "Игорь", "Мария", "Сергей"}, []string{"Белова", "Волков", "Громова", "Ильин", "Морозова", "Соколов"}, []string{"anna", "dmitry", "elena", "igor", "maria", "sergey"}, false, " ", []string{"энергия", "завод", "экспорт", "больница"}},
	"es": {[]string{"El Correo de %s", "Diario de %s", "%s Económico", "Radio %s"}, []string{"Villanueva del Mar", "Puerto Claro", "Sierra Alta", "Valdehermoso"},
		[]string{"Carmen", "Diego", "Elena", "Javier", "Lucía", "Mateo", "Rosa", "Tomás"}, []string{"Castro", "Delgado", "Fuentes", "Herrera", "Molina", "Ortega", "Ríos", "Vega"}, []string{"carmen", "diego", "elena", "javier", "lucia", "mateo", "rosa", "tomas"}, false, " ", []string{"energía", "fábrica", "exportaciones", "hospital"}},
	"th": {[]string{"หนังสือพิมพ์%s", "%sธุรกิจ", "สถานีข่าว%s", "%sออนไลน์"}, []string{"ท่าเรือใหม่", "ฟ้าใส", "ริมน้ำ", "ตะวันออก"},
		[]string{"สมชาย", "มาลี", "อนันต์", "กานดา", "ปรีชา", "วรรณา"}, []string{"ใจดี", "สุขสันต์", "ทองคำ", "ศรีสุข", "บุญมา", "รักไทย"}, []string{"somchai", "malee", "anan", "kanda", "preecha", "wanna"}, false, " ", []string{"พลังงาน", "โรงงาน", "ส่งออก", "โรงพยาบาล"}},
	"vi": {[]string{"Báo %s", "Thời báo %s", "%s Kinh tế", "Đài %s"}, []string{"Bình Minh", "Hải Đăng", "Sông Xanh", "Đồng Quê"},
		[]string{"An", "Bình", "Hương", "Lan", "Minh", "Tuấn"}, []string{"Nguyễn", "Trần", "Lê", "Phạm", "Hoàng", "Vũ"}, []string{"an", "binh", "huong", "lan", "minh", "tuan"}, true, " ", []string{"năng lượng", "nhà máy", "xuất khẩu", "bệnh viện"}},
}

// weights is how often a language is a reader's, in parts of a thousand, about
// as wires are read.
var weights = []struct {
	language string
	share    int
}{
	{"en", 270}, {"es", 95}, {"ar", 90}, {"zh-Hans", 80}, {"fr", 70}, {"de", 70}, {"ja", 60}, {"pt", 50}, {"ru", 45},
	{"ko", 40}, {"zh-Hant", 35}, {"id", 30}, {"vi", 25}, {"th", 20}, {"ms", 20},
}

// homes are countries a language is mostly read in; one in four readers is
// somewhere else among the wire's countries.
var homes = map[string][]string{
	"en": {"US", "GB", "SG", "IN", "AU", "CA", "NG", "ZA", "IE", "KE"}, "es": {"ES", "MX", "AR", "CO", "CL", "PE"}, "ar": {"SA", "AE", "EG", "JO", "MA", "QA", "KW", "OM"},
	"zh-Hans": {"CN", "SG"}, "zh-Hant": {"TW", "HK"}, "fr": {"FR", "BE", "CH", "SN", "CI"}, "de": {"DE", "AT", "CH"}, "ja": {"JP"}, "pt": {"BR", "PT"}, "ru": {"KZ", "RU"},
	"ko": {"KR"}, "id": {"ID"}, "vi": {"VN"}, "th": {"TH"}, "ms": {"MY"},
}
