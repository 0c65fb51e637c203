package matchtest

import (
	"math/rand/v2"
	"strings"
)

// tongue is what the texts of one language are made of. Words are roots, joined
// to each other and to endings, so that stemmers and pairs of characters have the
// work that real words give them; what they say is nothing.
type tongue struct {
	language string
	share    float64 // of items and of queries
	length   int     // of an item, in words
	common   string  // the most frequent words
	roots    string
	endings  string          // after a root; an underscore is none
	apart    bool            // words stand apart by spaces
	more     func() []string // roots beside those, where a language has very many short ones; nil: none
}

// tongues are the languages of the wire. The shares are those of a newswire that
// began in English.
var tongues = []tongue{
	{"en", .39, 600, "the of to and in a is for that on with as by at from its was has will be it are this said which or an have their more", "port trade build power market steel grid fund care health light water train farm plant ship law robot batter factor energ north silver hal cal vor lin mer tran con struct form", "_ s ed ing er ers ment ation able ly ies y ness al ive", true, nil},
	{"zh-Hans", .08, 560, "的 在 是 了 和 有 为 与 将 对 及 其 该 等 中 上 年 月 日 元", "公 司 投 资 工 厂 电 池 能 源 市 场 银 行 技 术 医 院 港 口 汽 车 海 洋 新 华 东 南 数 据 研 究 增 长 合 作 农 业 金 融 环 保 城 铁 云 芯 光", "_", false, han},
	{"ja", .07, 400, "の は を に が と で も へ や から まで より として", "工 場 電 池 投 資 会 社 市 場 技 術 病 院 港 鉄 道 自 動 車 ロボ ット エネ ルギー サー ビス システ ム 研 究 開 発 東 京 新 海 農 業 金 融 環 境", "_ した する される について による", false, hanAndKana},
	{"de", .06, 520, "die der und in den von zu das mit sich des auf für ist im dem nicht ein eine als auch es an werden aus er hat dass", "werk bahn strom markt bau haus geld land kraft stahl hafen wasser licht schiff recht versicher gesund umwelt wirt schaft förder träger größ müll energ maschin handel berg", "_ e en er ung ungen heit lich ische s es te ten", true, nil},
	{"fr", .06, 580, "de la le et les des en un du une est que pour qui dans a par plus pas au sur ne se ce il sont la avec", "march banqu usin énerg indust ferm port nav santé fond droit trans constru produ développ invest climat écol mér nor val mont clair lum ciel croiss part", "_ e es ement ation ations eur eurs ique é ée és ant er", true, nil},
	{"es", .06, 580, "de la que el en y a los se del las un por con no una su para es al lo como más o pero sus le ha", "merc banc fábric energ indust puert barc salud fond derech constru produc desarroll invers clim escuel mar nort valle mont clar luz ciel crec part agric", "_ o a os as ción ciones ado ada ar er idad mente ista", true, nil},
	{"ko", .05, 420, "이 그 및 등 수 것 더 한 약 또 각 위해 대한 통해 따라", "공 장 전 지 투 자 회 사 시 장 기 술 병 원 항 구 철 도 자 동 차 로 봇 에 너 서 비 스 연 구 개 발 환 경 농 업 금 융", "_ 은 는 을 를 이 가 에서 으로 의 했다 한다", true, hangul},
	{"pt", .05, 580, "de a o que e do da em um para com não uma os no se na por mais as dos como mas ao das à seu", "merc banc fábric energ indúst port barc saúd fund direit constru produ desenvolv invest clim escol mar nort val mont clar luz céu cresc part agric", "_ o a os as ção ções ado ada ar er idade mente ista", true, nil},
	{"zh-Hant", .04, 560, "的 在 是 了 和 有 為 與 將 對 及 其 該 等 中 上 年 月 日 元", "公 司 投 資 工 廠 電 池 能 源 市 場 銀 行 技 術 醫 院 港 口 汽 車 海 洋 新 華 東 南 數 據 研 究 增 長 合 作 農 業 金 融 環 保 城 鐵 雲 晶 光", "_", false, han},
	{"ru", .03, 450, "и в не на с что по к из у за от для о при до как это его компании также был", "завод рын банк стро энерг порт кораб здоров фонд прав транс произв развит инвест климат школ мор север дол гор свет неб рост част сельск город вод желез", "_ а ы ов ом ами ение ения ный ная ные ость ать ил", true, nil},
	{"ar", .03, 480, "في من على إلى أن عن مع هذا التي الذي كما بين بعد قبل كان قال هو هي ما لم قد كل", "مصنع بنك سوق طاق استثمار شرك ميناء سفين صح صندوق قانون نقل بناء إنتاج تطوير مناخ مدرس بحر شمال واد جبل ضوء سماء نمو زراع مدين ماء حديد", "_ ة ات ون ين ية ها هم نا", true, nil},
	{"vi", .03, 400, "của và là có được trong cho các một với những để không này khi từ đã về đến người năm", "công nhà máy điện thị trường ngân hàng đầu tư năng lượng cảng tàu sức khỏe quỹ luật vận tải xây dựng sản xuất phát triển khí hậu trường học biển bắc thung núi sáng trời tăng", "_", true, vietnamese},
	{"id", .02, 540, "yang dan di dengan untuk dari ini pada dalam itu tidak akan juga oleh sebagai ke adalah telah atau", "pabrik bank pasar tenaga usaha pelabuh kapal sehat dana hukum angkut bangun hasil kembang tanam iklim sekolah laut utara lembah gunung terang langit tumbuh bagi tani kota air", "_ an kan i nya", true, nil},
	{"th", .02, 320, "ที่ ใน และ ของ เป็น การ มี ได้ จะ ให้ ว่า กับ จาก โดย แล้ว", "โรง งาน ตลาด ธนา คาร ไฟ ฟ้า ลง ทุน พลัง ท่า เรือ สุข ภาพ กอง กฎ ขน ส่ง สร้าง ผลิต พัฒนา อากาศ เรียน ทะเล เหนือ ภู เขา แสง ฟาร์ม เมือง น้ำ เหล็ก", "_", false, thai},
	{"ms", .01, 540, "yang dan di dengan untuk daripada ini pada dalam itu tidak akan juga oleh sebagai ke ialah telah atau", "kilang bank pasar tenaga usaha pelabuh kapal sihat dana undang angkut bina hasil kembang tanam iklim sekolah laut utara lembah gunung terang langit tumbuh bahagi tani bandar air", "_ an kan i nya", true, nil},
}

// vocabulary is a tongue ready to speak.
type vocabulary struct {
	tongue
	frequent, pieces, ends []string
	number                 uint64
}

var vocabularies = func() []vocabulary {
	all := make([]vocabulary, len(tongues))
	for i, t := range tongues {
		all[i] = vocabulary{t, strings.Fields(t.common), strings.Fields(t.roots), strings.Fields(t.endings), uint64(i)}
		if t.more != nil {
			all[i].pieces = append(all[i].pieces, t.more()...)
		}
	}
	return all
}()

// words is how many words a language has.
const words = 100_000

// word is the word of a rank, from 0, the most frequent.
func (v *vocabulary) word(rank int) string {
	if rank < len(v.frequent) {
		return v.frequent[rank]
	}
	r := rand.New(rand.NewPCG(v.number, uint64(rank)))
	n := 1 // frequent words are short
	for n < 3 && r.IntN(rank+1) > 200*n*n*n {
		n++
	}
	if v.more != nil {
		n = 1 + min(n, 2)
	}
	var b strings.Builder
	for i := range n {
		if i > 0 && v.language == "vi" { // which writes syllables apart
			b.WriteByte(' ')
		}
		piece := v.pieces[skewed(r, len(v.pieces), 1.05, 40)]
		if runes := []rune(piece); n > 1 && v.more == nil && len(runes) > 3 {
			piece = string(runes[:3]) // words of whole roots are longer than people's
		}
		b.WriteString(piece)
	}
	if end := v.ends[r.IntN(len(v.ends))]; end != "_" && r.IntN(2) == 0 {
		b.WriteString(end)
	}
	return b.String()
}

// running draws a word as often as a text uses it.
func (v *vocabulary) running(r *rand.Rand) string { return v.word(skewed(r, words, 1.07, 2.7)) }

// keyword draws a word as somebody watches for: hardly the frequent ones, and
// the rare ones seldom.
func (v *vocabulary) keyword(r *rand.Rand) string {
	const first = 1000
	u := r.Float64()
	return v.word(first + int(u*u*(words-first)))
}

// sentence writes a sentence of so many words.
func (v *vocabulary) sentence(r *rand.Rand, n int) string {
	var b strings.Builder
	for i := range n {
		if i > 0 && v.apart {
			b.WriteByte(' ')
		}
		switch r.IntN(40) {
		case 0:
			b.WriteString(number(r))
		case 1:
			b.WriteString(organisationName(skewed(r, organisations, 1.15, 4)))
		default:
			b.WriteString(v.running(r))
		}
	}
	if v.apart {
		b.WriteString(". ")
	} else {
		b.WriteString("。")
	}
	return b.String()
}

func number(r *rand.Rand) string {
	const digits = "0123456789"
	var b strings.Builder
	for range 1 + r.IntN(4) {
		b.WriteByte(digits[r.IntN(10)])
	}
	if r.IntN(2) == 0 {
		b.WriteString("." + digits[:1])
	}
	return b.String()
}
