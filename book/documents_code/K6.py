from transformers import AutoTokenizer, AutoModelForSequenceClassification
import torch

# 加载预训练模型和分词器
tokenizer = AutoTokenizer.from_pretrained("bert-base-uncased")
model = AutoModelForSequenceClassification.from_pretrained("bert-base-uncased", num_labels=2)

# 准备输入数据
text = "This is a great movie!"
inputs = tokenizer(text, return_tensors="pt")

# 进行推理
with torch.no_grad():
    outputs = model(**inputs)
    logits = outputs.logits

# 计算预测结果
predictions = torch.argmax(logits, dim=-1)
print(predictions)
