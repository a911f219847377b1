import pandas as pd
from sklearn.model_selection import train_test_split
from transformers import BertTokenizer, BertForSequenceClassification, Trainer, TrainingArguments

# 读取数据
data = pd.read_csv("sentiment_data.csv", delimiter="\t", header=None, names=["text", "label"])

# 划分训练集和验证集
train_data, val_data = train_test_split(data, test_size=0.2, random_state=42)

# 初始化分词器和模型
tokenizer = BertTokenizer.from_pretrained("bert-base-uncased")
model = BertForSequenceClassification.from_pretrained("bert-base-uncased", num_labels=2)

# 定义数据处理函数
def preprocess(data):
    inputs = tokenizer(data["text"].tolist(), return_tensors="pt", padding=True, truncation=True)
    labels = torch.tensor(data["label"].tolist())
    return inputs, labels

# 准备训练数据和验证数据
train_inputs, train_labels = preprocess(train_data)
val_inputs, val_labels = preprocess(val_data)

# 定义训练参数
training_args = TrainingArguments(
    output_dir="./results",
    num_train_epochs=3,
    per_device_train_batch_size=8,
    per_device_eval_batch_size=8,
    logging_dir="./logs",
)

# 初始化训练器
trainer = Trainer(
    model=model,
    args=training_args,
    train_dataset=(train_inputs, train_labels),
    eval_dataset=(val_inputs, val_labels),
)

# 开始微调
trainer.train()
