package directory

import "strings"

type peopleData struct {
	given, family string // as pairs reads them
	familyFirst   bool
	join          string
}

func (p peopleData) read() culture {
	return culture{pairs(p.given), pairs(p.family), p.familyFirst, p.join}
}

// englishIn says how people who write English in a country are mostly called,
// where that is not as in Britain.
var englishIn = map[string]string{
	"IN": "south-asian", "LK": "south-asian", "NP": "south-asian", "BD": "bengali", "PK": "bengali",
	"NG": "african", "GH": "african", "KE": "african", "ET": "african", "ZA": "african",
	"SE": "nordic", "NO": "nordic", "DK": "nordic", "FI": "nordic", "NL": "dutch",
	"PL": "slavic", "CZ": "slavic", "SK": "slavic", "HR": "slavic", "RS": "slavic", "BG": "slavic", "UA": "slavic", "HU": "hungarian",
	"LT": "baltic", "LV": "baltic", "EE": "baltic", "IT": "italian", "GR": "greek", "CY": "greek", "RO": "romanian",
	"TR": "turkish", "IL": "israeli", "PH": "filipino", "SG": "straits", "HK": "straits", "MY": "straits",
	"MM": "mekong", "KH": "mekong", "LA": "mekong", "GE": "georgian",
}

// cultureOf names the entry of people for who writes a language in a country.
func cultureOf(language, country string) string {
	switch {
	case language == "en" && englishIn[country] != "":
		return englishIn[country]
	case language == "ru" && (country == "KZ" || country == "AZ"):
		return "turkic"
	case language == "fr" && (country == "CI" || country == "CM"):
		return "french-african"
	case language == "fr" && strings.Contains("MA DZ TN LB", country):
		return "french-arabic"
	}
	return language
}

// people are how they are called, by language or culture. The names are common
// ones; put together at random they name nobody.
var people = map[string]peopleData{
	"en":             {`Alice Daniel Grace Michael Oliver Samuel Emma Thomas Charlotte James Hannah George Lucy Edward Rachel Simon Megan Andrew Laura Peter`, `Bennett Clarke Hughes Reid Turner Walsh Morgan Foster Hayes Palmer Ellis Barker Doyle Fraser Gibson Harding Lawson Norris Quinn Spencer`, false, " "},
	"south-asian":    {`Priya Arjun Ananya Rahul Kavita Vikram Meera Sanjay Divya Rohan Lakshmi Nikhil Sunita Deepak Asha Kiran`, `Sharma Iyer Patel Nair Reddy Kapoor Desai Menon Rao Joshi Perera Thapa Bose Gupta Kulkarni Shetty`, false, " "},
	"bengali":        {`Nusrat Imran Farhana Tariq Sadia Kamal Rubina Hasan Ayesha Faisal Shabnam Zahid`, `Rahman Chowdhury Khan Hossain Malik Siddiqui Qureshi Akhtar Sarkar Mirza Butt Begum`, false, " "},
	"african":        {`Amara Kwame Chidi Wanjiru Thabo Abena Tunde Nandi Kofi Achieng Sipho Ifeoma Yaw Zawadi Selam Dawit`, `Mensah Okafor Mwangi Dlamini Adeyemi Boateng Otieno Nkosi Eze Asante Kamau Abebe Mokoena Balogun Owusu Tesfaye`, false, " "},
	"nordic":         {`Ingrid Lars Astrid Erik Sofie Mikael Freja Anders Liv Jonas Signe Henrik Aino Oskar Maja Nils`, `Lindqvist Solberg Nyström Dahl Holm Bergström Kjær Virtanen Aasen Lund Ekström Sørensen Koskinen Haugen Friis Åberg`, false, " "},
	"dutch":          {`Sanne Daan Lotte Bram Femke Jeroen Anouk Pieter Marloes Ruben Fleur Wouter`, `de_Vries Jansen van_Dijk Bakker Visser Smit Mulder Bosman Dekker Kuipers Hoekstra Postma`, false, " "},
	"slavic":         {`Anna Jakub Katarzyna Tomáš Ivana Marek Petra Pavel Milena Stanislav Zuzana Nikola Olena Andrij Vesna Goran`, `Kowalska Novák Horvat Dvořák Petrović Wójcik Kovač Dimitrov Zielińska Marković Hruška Jelínek Shevchuk Ivanova Babić Król`, false, " "},
	"hungarian":      {`Eszter Gábor Zsófia István Katalin Balázs Réka Márton`, `Nagy Szabó Kovács Tóth Varga Horváth Molnár Fekete`, true, " "},
	"baltic":         {`Jānis Līga Mindaugas Rasa Kristjan Liis Andris Ilze Tomas Giedrė Maarja Priit`, `Bērziņš Kalniņa Kazlauskas Petrauskienė Tamm Saar Ozols Liepa Jankauskas Stonytė Mägi Kask`, false, " "},
	"italian":        {`Giulia Marco Chiara Luca Francesca Matteo Elena Davide Silvia Andrea Paola Stefano`, `Ferrari Colombo Ricci Marino Greco Conti Gallo Fontana Rinaldi Moretti Barbieri Serra`, false, " "},
	"greek":          {`Eleni Giorgos Maria Nikos Katerina Dimitris Sofia Kostas Ioanna Yannis`, `Papadaki Nikolaidis Georgiou Vlachos Pappa Karras Ioannou Makris Christou Samaras`, false, " "},
	"romanian":       {`Ioana Andrei Elena Mihai Raluca Cristian Alina Bogdan Irina Vlad`, `Popescu Ionescu Dumitru Stan Rusu Marin Tudor Dobre Munteanu Sandu`, false, " "},
	"turkish":        {`Elif Mehmet Zeynep Emre Ayşe Burak Selin Murat Derya Kerem Ebru Onur`, `Yılmaz Kaya Demir Çelik Şahin Aydın Öztürk Arslan Koç Güneş Polat Erdem`, false, " "},
	"israeli":        {`Noa Yael Itai Tamar Eitan Shira Amir Michal Oren Dana`, `Levi Cohen Mizrahi Peretz Azulay Friedman Katz Biton Shaked Golan`, false, " "},
	"filipino":       {`Maria Jose Andrea Paolo Carmela Miguel Isabel Ramon Liza Antonio Grace Rafael`, `Santos Reyes Cruz Bautista Ocampo Garcia Mendoza Villanueva Aquino Salazar Dizon Manalo`, false, " "},
	"straits":        {`Wei_Ling Jun_Hao Mei_Fong Kai_Xiang Hui_Min Zhi_Yong Pei_Shan Boon_Keng Li_Na Siew_Lan Aravind Farah`, `Tan Lim Lee Ng Wong Goh Chua Koh Teo Ong Chan Yeo`, false, " "},
	"mekong":         {`Sophea Thiri Bounmy Dara Aung Khamla Sokha Hnin Somphone Rithy Zaw Malai`, `Chea Win Phommachanh Sok Htun Vongsa Keo Lwin Sisavath Meas Naing Souk`, false, " "},
	"georgian":       {`Nino Giorgi Tamar Levan Ketevan Irakli Mariam Zurab`, `Beridze Kapanadze Lomidze Maisuradze Gelashvili Tsiklauri Chkheidze Dolidze`, false, " "},
	"ar":             {`ليلى/layla عمر/omar سارة/sara يوسف/yusuf هدى/huda خالد/khalid نور/nour طارق/tariq مريم/maryam أحمد/ahmad سلمى/salma كريم/karim رانيا/rania حسن/hassan دينا/dina زياد/ziad منى/mona فيصل/faisal عائشة/aisha سامي/sami`, `حداد/haddad منصور/mansour العلي/alali خوري/khoury السالم/alsalem ناصر/nasser درويش/darwish الزين/alzein بن_عمر/benomar المصري/almasri الحربي/alharbi القاسم/alqasim بلقاسم/belkacem الراشد/alrashed شاهين/shaheen العبيدي/alobaidi الهاشمي/alhashimi مراد/mourad البكري/albakri عيسى/issa`, false, " "},
	"zh-Hans":        {`伟/wei 芳/fang 敏/min 静/jing 强/qiang 磊/lei 晓燕/xiaoyan 志远/zhiyuan 雨桐/yutong 浩然/haoran 思琪/siqi 建国/jianguo 丽华/lihua 子轩/zixuan 梦瑶/mengyao 天宇/tianyu 佳怡/jiayi 文博/wenbo 秀英/xiuying 俊杰/junjie`, `王/wang 李/li 张/zhang 刘/liu 陈/chen 杨/yang 赵/zhao 黄/huang 周/zhou 吴/wu 徐/xu 孙/sun 胡/hu 朱/zhu 高/gao 林/lin 何/he 郭/guo 马/ma 罗/luo`, true, ""},
	"zh-Hant":        {`志明/chihming 淑芬/shufen 家豪/chiahao 怡君/yichun 俊傑/chunchieh 雅婷/yating 冠宇/kuanyu 美玲/meiling 詠詩/wingsze 子健/tszkin 嘉欣/kayan 偉倫/wailun 宗翰/tsunghan 佩珊/puisan 欣怡/hsinyi 浩賢/hoyin`, `陳/chan 林/lin 黃/huang 張/chang 李/lee 王/wang 吳/wu 劉/lau 蔡/tsai 楊/yang 許/hsu 鄭/cheng 梁/leung 郭/kuo 何/ho 謝/hsieh`, true, ""},
	"fr":             {`Camille Julien Léa Mathieu Hugo Inès Paul Chloé Antoine Élodie Nicolas Manon Guillaume Sophie Baptiste Anaïs Thierry Hélène Benoît Margaux`, `Bernard Fournier Girard Lambert Moreau Roux Simon Lefèvre Chevalier Garnier Faure Rousseau Blanchard Perrin Gauthier Marchand Renaud Colin Bouvier Pelletier`, false, " "},
	"french-african": {`Aminata Kouassi Fatou Ibrahim Awa Serge Mariam Jean-Paul Aïcha Bertrand Salimata Hervé`, `Diallo Kouadio Traoré Koné Mbarga Nguema Ouattara Bamba Fotso Yao Touré Essomba`, false, " "},
	"french-arabic":  {`Yasmine Karim Leïla Mehdi Samira Rachid Nadia Walid Salma Youssef Meriem Anis`, `Benali Bouzid Haddad Mansouri El_Amrani Trabelsi Khelifi Saïdi Berrada Ziani Chaoui Fassi`, false, " "},
	"de":             {`Anna Felix Greta Jonas Katrin Lukas Miriam Tobias Franziska Stefan Jana Matthias Ulrike Philipp Carina Andreas Heike Florian Nele Georg`, `Bauer Fischer Hoffmann Krüger Lange Schulz Vogel Wolf Brandt Keller Seidel Pfeiffer Haas Jäger Winkler Böhm Lorenz Reuter Thiel Zimmermann`, false, " "},
	"id":             {`Agus Dewi Budi Sari Rizky Putri Wahyu Ratna Dimas Ayu Hendra Nurul Bayu Indah Fajar Maya`, `Santoso Wijaya Pratama Lestari Hidayat Utami Nugroho Saputra Kusuma Rahayu Setiawan Siregar Wibowo Maharani Halim Simanjuntak`, false, " "},
	"ja":             {`健太/kenta 美咲/misaki 翔/sho 陽子/yoko 直樹/naoki 由美/yumi 大輔/daisuke 彩/aya 拓也/takuya 恵/megumi 誠/makoto 真由/mayu 隆/takashi 千尋/chihiro 亮/ryo 香織/kaori 修/osamu 奈々/nana 浩二/koji 明美/akemi`, `佐藤/sato 鈴木/suzuki 高橋/takahashi 田中/tanaka 伊藤/ito 渡辺/watanabe 山本/yamamoto 中村/nakamura 小林/kobayashi 加藤/kato 吉田/yoshida 山田/yamada 松本/matsumoto 井上/inoue 木村/kimura 清水/shimizu 森/mori 池田/ikeda 橋本/hashimoto 石川/ishikawa`, true, " "},
	"ko":             {`민준/minjun 서연/seoyeon 지훈/jihoon 하은/haeun 도윤/doyun 수빈/subin 예진/yejin 현우/hyunwoo 지민/jimin 은주/eunju 성호/seongho 미경/mikyung 태영/taeyoung 소라/sora 준서/junseo 나연/nayeon`, `김/kim 이/lee 박/park 최/choi 정/jung 강/kang 조/cho 윤/yoon 장/jang 임/lim 한/han 오/oh 서/seo 신/shin 권/kwon 황/hwang`, true, ""},
	"ms":             {`Aisyah Farid Nurul Hafiz Siti Azlan Zainab Amir Faridah Khairul Hidayah Rosli Suraya Iskandar Norliza Shahrul`, `Rahman Ismail Yusof Hassan Osman Karim Abdullah Mahmud Ibrahim Zakaria Salleh Ahmad Hamzah Razak Idris Bakar`, false, " "},
	"pt":             {`Ana Bruno Carla Diego Helena Rui Beatriz Tiago Mariana Rafael Inês Gustavo Letícia João Patrícia Henrique Sofia Caio Joana Fábio`, `Almeida Barbosa Costa Ferreira Rocha Teixeira Nogueira Carvalho Moreira Pinto Azevedo Lopes Fonseca Ramos Vieira Araújo Tavares Duarte Campos Mendes`, false, " "},
	"ru":             {`Анна/anna Дмитрий/dmitry Елена/elena Игорь/igor Мария/maria Сергей/sergey Ольга/olga Алексей/alexey Наталья/natalya Павел/pavel Ирина/irina Михаил/mikhail Татьяна/tatyana Андрей/andrey Юлия/yulia Николай/nikolay`, `Коваленко/kovalenko Черных/chernykh Бондаренко/bondarenko Шевченко/shevchenko Седых/sedykh Долгих/dolgikh Гончар/gonchar Мороз/moroz Белоус/belous Лисенко/lisenko Сухих/sukhikh Корень/koren Жук/zhuk Ткач/tkach Гордиенко/gordienko Русских/russkikh`, false, " "},
	"turkic":         {`Айгуль/aigul Данияр/daniyar Динара/dinara Тимур/timur Алия/aliya Ерлан/yerlan Лейла/leyla Рустам/rustam Асель/assel Эльдар/eldar Жанна/zhanna Камиль/kamil`, `Сулеймен/suleimen Алибек/alibek Касым/kassym Нурлан/nurlan Оспан/ospan Мамед/mamed Гасым/gasym Жумабай/zhumabay Рашид/rashid Тулеген/tulegen Байрам/bayram Сатпай/satpay`, false, " "},
	"es":             {`Carmen Diego Elena Javier Lucía Mateo Rosa Tomás Adriana Gonzalo Paula Emilio Valeria Ignacio Marta Ricardo Daniela Andrés Beatriz Joaquín`, `Castro Delgado Fuentes Herrera Molina Ortega Ríos Vega Navarro Campos Salinas Cabrera Peña Aguilar Soto Medina Rojas Lozano Cárdenas Ibáñez`, false, " "},
	"th":             {`สมชาย/somchai มาลี/malee อนันต์/anan กานดา/kanda ปรีชา/preecha วรรณา/wanna ธนพล/thanaphon พิมพ์ใจ/phimchai ณัฐวุฒิ/natthawut สุดารัตน์/sudarat กิตติ/kitti อรทัย/orathai วีระ/wira ชลธิชา/chonthicha`, `ใจดี/chaidee สุขสันต์/suksan ทองคำ/thongkham ศรีสุข/srisuk บุญมา/boonma วงศ์ทอง/wongthong แก้วมณี/kaewmanee พงษ์ไพร/phongphrai รัตนกุล/rattanakul เจริญผล/charoenphon มั่นคง/mankhong นาคสวัสดิ์/naksawat สายทอง/saithong อินทร์แก้ว/inkaew`, false, " "},
	"vi":             {`An Bình Hương Lan Minh Tuấn Thu_Hà Quốc_Bảo Ngọc_Anh Đức_Huy Mai_Phương Thanh_Tùng Khánh_Linh Hoàng_Long Bích_Ngọc Văn_Nam`, `Nguyễn Trần Lê Phạm Hoàng Vũ Đặng Bùi Đỗ Hồ Ngô Dương Phan Võ Lý Đinh`, true, " "},
}
