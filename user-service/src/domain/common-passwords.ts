/** The commonest passwords of eight characters or more, in lower case; shorter ones are refused for their length. */
export const commonPasswords: ReadonlySet<string> = new Set(
  `
    01234567 0123456789 0987654321 102030405 11112222 11223344 1122334455 112233445566 12121212 123123123 123321123
    12341234 12344321 123454321 12345678 123456780 123456789 1234567890 12345678910 123456789a 12345679 123456abc
    123456qwerty 12345qwert 1234qwer 123qweasd 147258369 159357456 1a2b3c4d 1q2w3e4r 1q2w3e4r5t 1q2w3e4r5t6y
    1qaz2wsx 1qaz2wsx3edc 1qazxsw2 741852963 789456123 87654321 963852741 987654321 9876543210 a1234567 a12345678
    a123456789 a1b2c3d4 aa123456 aaa123456 aabbccdd abc12345 abc123456 abcabcabc abcd1234 abcdefg1 abcdefgh
    access123 access14 admin123 admin123! admin1234 admin12345 admin123456 admin@123 adminadmin administrator
    administrator1 alexander alexandra america1 andrew123 android1 angel123 angels123 anthony1 apple123 arsenal1
    asd12345 asd123456 asdasdasd asdf1234 asdfasdf asdfghjk asdfghjkl asdfqwer ashley123 asshole1 australia
    autumn2024 autumn2025 autumn2026 babyboy1 babygirl babygirl1 barcelona baseball baseball1 basketball batman123
    beautiful beautiful1 benjamin blessed1 blessing blink182 bullshit butterfly butterfly1 callofduty canada123
    changeit changeme changeme! changeme1 changeme123 charlie1 charlie123 cheese123 chelsea1 chocolate chocolate1
    christopher computer computer1 cookie123 corvette daniel123 database1 december default1 default123 diamond1
    dolphins dragon12 dragon123 elephant elephant1 elizabeth eminem123 facebook facebook1 february ferrari1
    flower123 football football1 football123 forgotten fortnite fortnite1 france123 freedom1 freedom123 friday123
    fuckyou! fuckyou1 fuckyou123 g00dpassword germany1 godisgood gold1234 goodluck google123 guest123 guestguest
    guitar123 handsome happy123 happyday harley123 heavenly hello123 hello123! hello1234 hellohello helloworld
    hockey123 hottie123 ilovegod iloveme1 iloveyou iloveyou! iloveyou1 iloveyou123 iloveyou2 india123 instagram
    internet internet1 iphone123 ireland1 january1 jennifer jennifer1 jessica1 jesus123 jesuschrist jordan23
    juventus1 kangaroo killer123 letmein! letmein1 letmein12 letmein123 letmeinnow linkedin liverpool liverpool1
    login123 london123 lovelove lovely123 loveme123 loveyou1 lucky123 manchester master12 master123 matrix123
    matthew1 mercedes metallica michael1 michelle microsoft midnight midnight1 minecraft minecraft1 monday123
    monkey123 mustang1 mypass123 mypassword mypassword1 mysql123 newpass1 newpass123 newpassword newyork1 nicholas
    nintendo nirvana1 nopassword nothing1 november october1 oracle123 orange123 p@ssw0rd p@ssw0rd1 p@ssword
    p@ssword1 pakistan paris123 pass1234 pass12345 pass123456 pass@123 pass@1234 passcode passpass passphrase
    passport passw0rd passw0rd! passw0rd1 password password! password01 password1 password1! password12 password123
    password1234 password2024 password2025 password2026 password99 patricia philippines platinum playstation
    pokemon1 pokemon123 porsche1 postgres postgres1 princess princess1 princess123 purple123 pussycat q1w2e3r4
    q1w2e3r4t5 q1w2e3r4t5y6 qazwsx123 qazwsxedc qwe12345 qwe123456 qweasdzxc qweqweqwe qwer1234 qwerasdf qwerty1!
    qwerty12 qwerty123 qwerty123! qwerty1234 qwerty12345 qwerty123456 qwertyqwerty qwertyui qwertyuiop rabbitmq
    realmadrid root1234 rootroot samantha samsung1 samsung123 scooter1 scotland secret12 secret123 secretsecret
    security security1 september server123 sexylady shadow12 shadow123 silver123 skateboard slipknot snickers
    soccer123 spiderman spring2024 spring2025 spring2026 startrek starwars starwars1 summer123 summer2024 summer2025
    summer2026 summer24! summer25! sunshine sunshine1 sunshine123 superman superman1 superman123 sweetheart
    sweety123 system123 temp1234 temporary tennis123 test1234 test12345 tester123 testing1 testing123 testtest
    testuser thomas123 toor1234 trustno1 trustno1! twitter1 unknown1 user1234 username username1 victoria warcraft
    welcome1 welcome1! welcome12 welcome123 welcome2024 welcome2025 welcome2026 welcome@123 whatever whatever1
    windows1 windows10 winter123 winter2024 winter2025 winter2026 xbox1234 yamaha123 youtube1 zaq12wsx zaq1xsw2
    zaq1zaq1 zxc12345 zxc123456 zxcvbnm, zxcvbnm1 zxcvbnm123
  `
    .trim()
    .split(/\s+/),
);
