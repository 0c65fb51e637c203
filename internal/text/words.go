package text

import "strings"

var latinLanguages = []string{"en", "fr", "de", "es", "pt", "id", "ms", "vi"}

// letterHints are letters that mark a language beyond its stop words.
var letterHints = []struct {
	language, letters string
	weight            float64
}{
	{"vi", "ăđơưạảấầẩẫậắằẳẵặẹẻẽếềểễệỉịọỏốồổỗộớờởỡợụủứừửữựỳỵỷỹ", 1},
	{"de", "ßäöü", 0.4},
	{"es", "ñ¿¡", 0.6},
	{"pt", "ãõ", 0.7},
	{"fr", "œèêëîûùç", 0.25},
	{"pt", "ç", 0.2},
}

// stopWords maps the commonest words to the languages they are common in.
var stopWords = func() map[string][]string {
	lists := map[string]string{
		"en": "the of and to in a is that for it as was with be by on not he his but at are this have from or had an they which one you were her all their there been if more when will would who so no said its has new company announced today our we can also into than other",
		"fr": "le la les de des du et en un une est que qui dans pour pas sur au aux avec il elle ce cette ces son sa ses par plus ne se sont ont été être nous vous leur mais ou où comme tout aussi fait selon entre sous après avant depuis société annoncé d l qu n",
		"de": "der die das und in den von zu mit sich des auf für ist im dem nicht ein eine als auch es an werden aus er hat dass sie nach wird bei einer um am sind noch wie einem über einen so zum haben nur oder aber vor zur bis mehr durch man sein wurde unternehmen heute gab bekannt wir",
		"es": "el la los las de del y en un una es que se no por con para su al lo como más o pero sus le ha este esta sí porque entre cuando muy sin sobre también me hasta hay donde quien desde todo nos durante todos uno les ni contra otros ese eso ante ellos empresa anunció según",
		"pt": "o a os as de do da dos das e em um uma é que se não por com para no na nos nas ao à mais mas foi ele seu sua ou ser quando muito há já está eu também só pelo pela até isso ela entre era depois sem mesmo aos ter seus quem nas me esse eles você foram empresa anunciou segundo são",
		"id": "yang dan di dari untuk dengan pada ini itu dalam tidak akan adalah ke telah oleh juga atau sebagai bisa kami mereka karena dapat ada saat lebih bahwa tersebut tahun hari serta perusahaan kata secara sudah menjadi para antara bahwa mengumumkan sebuah terhadap rupiah uang berbeda karena kantor mobil bahwa ujar menurut pihak anda guna",
		"ms": "yang dan di dari untuk dengan pada ini itu dalam tidak akan adalah ke telah oleh juga atau sebagai boleh kami mereka kerana dapat ada ketika lebih bahawa tersebut tahun hari serta syarikat kata secara sudah menjadi para antara ialah mengumumkan sebuah terhadap ringgit wang berbeza iaitu pejabat kereta kini manakala beliau pihak anda bagi daripada kepada negara kerajaan",
		"vi": "và của là có được cho các trong với không một người những đã để khi từ này đến cũng như ra vào về tại theo sẽ trên đó năm nhiều ông bà công ty hơn sau việc còn bị do hay phải thì",
	}
	m := map[string][]string{}
	for _, language := range latinLanguages {
		seen := map[string]bool{}
		for _, w := range strings.Fields(lists[language]) {
			if !seen[w] {
				seen[w] = true
				m[w] = append(m[w], language)
			}
		}
	}
	return m
}()

// Characters that news texts use often and that only one writing of Chinese
// has, in pairs: the same word stands at the same place in both.
const (
	simplifiedOnly  = "们这个来时说国会过对发经业产后开关动进现实还当没从问机长门见车东马书产乐习买乱争亏云亚亲亿仅仓价众优伙伟传伤伦伪体余侧侨俩债倾偿储儿党兰兴养兽内冈册写军农冲决况冻净准凉减凑凤凭凯击划刘则刚创删别刹剂剑剧劝办务劲励劳势勋匀区医华协单卖卢卫却厂厅历厉压厌厕县参双变叙叠号叹吓吗启吴员响哑唤啸喷嘱团园围图圆圣场坏块坚坛坝坟坠垄垒垦垫墙壮声壳壶处备复够头夹夺奋奖妇妈娱娲孙学宁宝审宪宫宽宾对寻导寿将尔尘尝尽层属岁岂岗岛岭币帅师帐帘带帮库应庙庞废异弃张弥弯弹强归录彻径征忆忧怀态怜总恋恳恶悬惊惩惯愤愿战戏户扑执扩扫扬扰抚抛抢护报担拟拥择拨挂挚挡挤挥损换据掷携摄摆摇撑敌数斋断无旧显晓晕暂术朴杀杂权条极构枪柜标栋树样桥检楼欢欧歼残毁毕毙汇汉汤沟沪泪泽洁洒浅测济浑浓涂涌润涨渊渐渔温湾湿满滚滤滥潜灭灯灵灾炉点炼烂烟烦烧热爱爷牵犹狱独狭狮猎猪献玛环现玺琼电画畅疗疮疯监盖盘矿码砖础确祸离种积称稳穷窃竞笔笼筑筛签简类粮紧纠红纤约级纪纯纲纳纵纷纸线练组细织终绍经结绕绘给络绝统继绩续维绿缅编缓缩缴网罗罚罢职联聪肃肠肤肾胁胆胜脉脏脑脱脸腊腾舰艺节芦苏苹茧荐药莱莲获营萨蓝蔷虏虑虚虽蚀蛮补装袭观规视览觉触誉计订认讨让训议讯记讲许论设访证评识诉诊词译试诗诚话询该详语误诱请诸诺读课谁调谈谋谢谣谱贝贞负贡财责贤败货质贩贪贫购贮贯贵贷贸费贺贼资赋赌赏赔赖赚赛赞赠赢赵趋跃践踪轨轩转轮软轰轻载较辅辆辈辉输辞边达迁迈运进远违连迟适选递逻遗邓邮邻郑酿释里针钟钢钥钦钩钱铁铃铜银链销锁锅错锦键镇镜长闪闭问闲间闷闹闻阀阅队阳阴阵阶际陆陈险随隐难雾静顶项顺须顾顿预领频题颜额风飞饭饮饰饱馆驱驶驻驾验骑骗鱼鲁鲜鸟鸡鸣鸿麦黄齐齿龙龟"
	traditionalOnly = "們這個來時說國會過對發經業產後開關動進現實還當沒從問機長門見車東馬書產樂習買亂爭虧雲亞親億僅倉價眾優夥偉傳傷倫偽體餘側僑倆債傾償儲兒黨蘭興養獸內岡冊寫軍農衝決況凍淨準涼減湊鳳憑凱擊劃劉則剛創刪別剎劑劍劇勸辦務勁勵勞勢勳勻區醫華協單賣盧衛卻廠廳歷厲壓厭廁縣參雙變敘疊號嘆嚇嗎啟吳員響啞喚嘯噴囑團園圍圖圓聖場壞塊堅壇壩墳墜壟壘墾墊牆壯聲殼壺處備復夠頭夾奪奮獎婦媽娛媧孫學寧寶審憲宮寬賓對尋導壽將爾塵嘗盡層屬歲豈崗島嶺幣帥師帳簾帶幫庫應廟龐廢異棄張彌彎彈強歸錄徹徑徵憶憂懷態憐總戀懇惡懸驚懲慣憤願戰戲戶撲執擴掃揚擾撫拋搶護報擔擬擁擇撥掛摯擋擠揮損換據擲攜攝擺搖撐敵數齋斷無舊顯曉暈暫術樸殺雜權條極構槍櫃標棟樹樣橋檢樓歡歐殲殘毀畢斃匯漢湯溝滬淚澤潔灑淺測濟渾濃塗湧潤漲淵漸漁溫灣濕滿滾濾濫潛滅燈靈災爐點煉爛煙煩燒熱愛爺牽猶獄獨狹獅獵豬獻瑪環現璽瓊電畫暢療瘡瘋監蓋盤礦碼磚礎確禍離種積稱穩窮竊競筆籠築篩簽簡類糧緊糾紅纖約級紀純綱納縱紛紙線練組細織終紹經結繞繪給絡絕統繼績續維綠緬編緩縮繳網羅罰罷職聯聰肅腸膚腎脅膽勝脈臟腦脫臉臘騰艦藝節蘆蘇蘋繭薦藥萊蓮獲營薩藍薔虜慮虛雖蝕蠻補裝襲觀規視覽覺觸譽計訂認討讓訓議訊記講許論設訪證評識訴診詞譯試詩誠話詢該詳語誤誘請諸諾讀課誰調談謀謝謠譜貝貞負貢財責賢敗貨質販貪貧購貯貫貴貸貿費賀賊資賦賭賞賠賴賺賽贊贈贏趙趨躍踐蹤軌軒轉輪軟轟輕載較輔輛輩輝輸辭邊達遷邁運進遠違連遲適選遞邏遺鄧郵鄰鄭釀釋裡針鐘鋼鑰欽鉤錢鐵鈴銅銀鏈銷鎖鍋錯錦鍵鎮鏡長閃閉問閒間悶鬧聞閥閱隊陽陰陣階際陸陳險隨隱難霧靜頂項順須顧頓預領頻題顏額風飛飯飲飾飽館驅駛駐駕驗騎騙魚魯鮮鳥雞鳴鴻麥黃齊齒龍龜"
)
